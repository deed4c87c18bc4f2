//! The benchmarks: bodies, and subjects that convert them to JSON, formevent and its peers.

mod bodies;
mod cases;
mod event;
mod multipart;
mod subjects;
mod typed;

pub use cases::{Case, GROUPS};

/// A function that is timed.
#[derive(Clone, Copy)]
pub struct Subject {
    /// The name of the library, or of the combination of libraries.
    pub name: &'static str,
    /// Appends the JSON of a body to a buffer.
    pub write: fn(&[u8], &mut Vec<u8>),
}

/// The subject whose answer the others must equal.
pub(crate) const FORMEVENT: &str = "formevent";
/// The upper bound of speed: copies the body, and makes no JSON.
pub const MEMCPY: &str = "memcpy";
