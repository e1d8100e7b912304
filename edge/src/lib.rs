//! The device program: frames in, named cards, LEDs and events out.
//!
//! [`pipeline`] is the whole flow; each step is a module of its own.

pub mod cli;
pub mod clock;
pub mod command;
pub mod config;
pub mod decide;
pub mod output;
pub mod pipeline;
pub mod recognize;
pub mod service;
pub mod source;
pub mod util;
