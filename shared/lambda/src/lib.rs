//! icm lambda
