//! Handler of the `identify-members` function.
