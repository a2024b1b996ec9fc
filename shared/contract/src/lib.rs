//! icm contract
