//! What people and programs see of a run.

mod ends;
mod frame;
mod hints;
mod schema;
mod screens;
mod stage;
mod streams;
