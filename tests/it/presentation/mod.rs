//! What people and programs see of a run.

mod hints;
mod schema;
mod screens;
mod stage;
mod streams;
