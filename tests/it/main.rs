//! The one integration-test binary: whole lives on simulated AWS, real clients, chaos.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "a test that cannot go on ends there, and picks what it wants of many events"
)]

mod aws_cli;
mod binary;
mod chaos;
mod configuration;
mod credentials;
mod deployments;
mod ground;
mod lives;
mod participants;
mod permissions;
mod preflight;
mod presentation;
mod promises;
mod support;
mod switches;
mod teardowns;
mod transport;
