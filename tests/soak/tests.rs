//! The soak itself.
