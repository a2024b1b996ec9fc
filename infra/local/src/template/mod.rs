//! Reads `infra/template.yaml` into typed tables, queues, functions and event sources (DESIGN D9).
