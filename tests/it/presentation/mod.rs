//! What people and programs see of a run.

mod commands;
mod ends;
mod frame;
mod hints;
mod quiet;
mod screens;
mod stage;
mod streams;
