//! Teardowns from every starting point, past every obstacle, with every choice about data; with deaths and failures anywhere.

mod calls;
mod crowd;
mod data;
mod deaths;
mod failures;
mod gateways;
mod groups;
mod guests;
mod hazards;
mod judge;
mod kinds;
mod late;
mod logs;
mod matrix;
mod neighbours;
mod nested;
mod obstacles;
mod order;
mod proof;
mod retained;
mod starts;
mod worlds;

pub(crate) use kinds::{service_role, start_jobs};
pub(crate) use obstacles::put;
pub(crate) use starts::begin;
pub(crate) use worlds::in_halves;
