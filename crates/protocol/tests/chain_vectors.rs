//! The chain's test vectors, run on every test.
