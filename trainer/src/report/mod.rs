//! `report.html`: a training run on one page, in one file that refers to no other file.
//!
//! From the lowest layer up:
//!
//! - [`charts`]: curves, bars, the confusion matrix and the calibration curve as SVG
//! - [`gallery`]: the most confident mistakes as images
//! - [`page`]: the HTML page
//! - [`run`]: writes the report of a training run

pub mod charts;
pub mod gallery;
pub mod page;
pub mod run;
