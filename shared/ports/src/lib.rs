//! icm ports
