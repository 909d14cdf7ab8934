//! The one integration-test binary: whole lives on simulated AWS, real clients, chaos.

mod aws_cli;
mod binary;
mod chaos;
mod ground;
mod lives;
mod promises;
mod support;
