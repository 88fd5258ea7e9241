//! Rows for tests.
