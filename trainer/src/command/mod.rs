//! One file per command of the program.

pub mod check_data;
pub mod evaluate;
pub mod export;
pub mod render;
pub mod train;
pub mod train_locator;
