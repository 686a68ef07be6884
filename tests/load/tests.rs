//! The load generator itself: that it measures what it says.
