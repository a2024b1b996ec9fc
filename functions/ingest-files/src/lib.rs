//! Handler of the `ingest-files` function.
