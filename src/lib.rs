//! `jumpstart-vpc`: deploys SageMaker Studio into a VPC without internet access, and removes it without leftovers.

pub mod aws;
pub mod cli;
pub mod clock;
pub mod context;
mod cost;
pub mod diagram;
pub mod down;
pub mod event;
pub mod hints;
pub mod history;
pub mod inventory;
pub mod ownership;
mod patience;
#[cfg(feature = "simulator")]
pub mod rehearsal;
pub mod report;
pub mod stacks;
pub mod stop;
pub mod up;
pub mod usual;
