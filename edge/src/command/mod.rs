//! One file per command of the program.

pub mod bench;
pub mod check_config;
pub mod classify;
pub mod dark;
pub mod doctor;
pub mod run;
