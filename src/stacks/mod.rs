//! The stacks: what the manifest says of them, and one stack operation from its request to its last event.

pub mod manifest;
pub mod operation;
pub mod parameters;

pub use manifest::{Entry, Manifest, ManifestError};
pub use operation::{End, Failure, Follow};
