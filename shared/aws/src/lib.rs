//! icm aws
