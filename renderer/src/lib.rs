//! Draws playing cards and tables with cards on them, whose names and corners are known.
//!
//! The trainer learns from drawn cards, the demo shows them, and the tests need no data set
//! because of them. Nothing that the trainer and the device must agree on depends on this
//! crate: a prettier card never changes a contract.

pub mod deck;
pub mod font;
pub mod sample;
pub mod scene;
pub mod self_test;
