//! Handler of the `queue-outreach` function.
