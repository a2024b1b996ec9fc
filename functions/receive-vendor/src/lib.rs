//! Handler of the `receive-vendor` function.
