//! CloudFormation templates, YAML and JSON, as one tree with positions. Syntax only: what a function or a resource
//! means is somebody else's.

mod node;
mod parameter;
mod parse;

pub use node::{Key, Node, Position, Value};
pub use parameter::{Parameter, parameters};
pub use parse::{ParseError, parse};
