//! Handler of the `review-due` function.
