//! Proofs about the whole world rather than about one service: random lives, replays and forks.

mod drain;
mod person;
mod properties;
mod replay;
mod walk;
