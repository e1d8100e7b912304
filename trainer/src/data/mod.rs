//! The images to train on, from the folder to the augmented sample.
//!
//! - [`dataset`]: a folder per class
//! - [`check`]: what is wrong with a data set
//! - [`duplicates`]: images that show the same thing
//! - [`split`]: which images are held out
//! - [`cache`]: every image decoded once
//! - [`mod@augment`]: random changes to training images

pub mod augment;
pub mod cache;
pub mod check;
pub mod dataset;
pub mod duplicates;
pub mod split;
