//! The whole system on the local stack while its services fail, while poison lies in every queue, and while somebody
//! reads its logs (issue: same final state; poison ends with its reason and can be replayed; no member data).

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail by panicking, like the tests"
)]

mod canaries;
mod keys;
mod layer;
mod permissions;
mod poison;
mod services;
mod story;
