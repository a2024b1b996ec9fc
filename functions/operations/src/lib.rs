//! Handler of the `operations` function.
