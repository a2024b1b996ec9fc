//! Engines, tables, queues and triggers of the local stack, created from the template.
