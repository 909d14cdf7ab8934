//! Who may do what: policies as IAM evaluates them, and denials in AWS's words (operators' notes, items 14, 28 and 47).
//!
//! Nothing is checked until somebody sets policies up, in a scenario or over the control endpoint. Then every call is
//! checked ([`check`]), and so is every step of CloudFormation's handlers ([`check_step`]).

mod calls;
mod condition;
mod denial;
mod encoded;
mod handlers;
mod identity;
mod judge;
mod layers;
mod policy;
mod question;
mod record;
mod request;
mod resources;
mod setup;
mod sides;

pub(crate) use calls::check;
pub use calls::{Behalf, may};
pub use denial::Denial;
pub(crate) use encoded::decode;
pub(crate) use handlers::check_step;
pub use handlers::{Step, Subject};
pub(crate) use judge::role_arn;
pub use layers::{Ground, Layer};
pub use policy::Policy;
pub use record::{Answers, Record};
pub use setup::{Organization, Permissions, Principal};

#[cfg(test)]
mod tests;
