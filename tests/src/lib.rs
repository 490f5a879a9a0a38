//! Tests that cross crates; each file under `tests/` is one promise.
