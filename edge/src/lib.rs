//! The device program: frames in, named cards, lamps and events out.
//!
//! [`pipeline`] is the whole flow; each step is a module of its own.

pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod decide;
pub mod judge;
pub mod locate;
pub mod pipeline;
pub mod recognize;
pub mod report;
pub mod screen;
pub mod service;
pub mod signal;
pub mod source;
pub mod track;
