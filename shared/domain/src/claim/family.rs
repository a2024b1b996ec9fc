//! Families of claim versions and their heads.
