//! Handler of the `relay-outbox` function.
