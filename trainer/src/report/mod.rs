//! `report.html`: a training run on one page, in one file that needs no other.
//!
//! - [`charts`]: curves, heat map, bars and calibration as SVG
//! - [`gallery`]: the surest mistakes, as images
//! - [`page`]: the page around them
//! - [`run`]: from a training run to all of it

pub mod charts;
pub mod gallery;
pub mod page;
pub mod run;

use crate::diagnosis::Finding;
use crate::export::parity::Parity;
use crate::history::History;
use crate::measure::Evaluation;
use gallery::Image;

/// All that the page shows.
#[derive(Debug)]
pub struct Report {
    /// The command that made the run.
    pub command: String,
    /// Names and values of what was trained, on what.
    pub facts: Vec<(&'static str, String)>,
    pub history: History,
    /// Validation accuracy, 0..1, that the curve is held against, and whose it is.
    pub reference: Option<(f64, &'static str)>,
    pub findings: Vec<Finding>,
    pub parity: Parity,
    /// int8 on the device's path.
    pub measured: Evaluation,
    pub gallery: Vec<Image>,
}
