//! The stacks: what the manifest says of them, and one stack operation from its request to its last event.

pub mod cause;
pub mod manifest;
pub mod operation;
pub mod origins;
pub mod parameters;
pub mod resources;

pub use cause::Failure;
pub use manifest::{Entry, Manifest, ManifestError};
pub use operation::{End, Follow};
pub use origins::is_hidden;
