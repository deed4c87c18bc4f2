//! How fast formevent is beside its peers: the bodies, and everything that turns them into JSON.

mod bodies;
mod cases;
mod event;
mod subjects;

pub use cases::{Case, GROUPS};

/// Something that is timed.
#[derive(Clone, Copy)]
pub struct Subject {
    /// The name of what stands behind it.
    pub name: &'static str,
    /// Appends the JSON of a body to a buffer.
    pub write: fn(&[u8], &mut Vec<u8>),
}

/// What is compared with the others.
pub(crate) const FORMEVENT: &str = "formevent";
/// The limit: a copy of the body, no JSON.
pub const MEMCPY: &str = "memcpy";
