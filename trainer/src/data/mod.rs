//! The images that a network is trained and measured on, from the folder to the augmented
//! sample.
//!
//! From the lowest layer up:
//!
//! - [`dataset`]: lists a data set, one folder per class
//! - [`cache`]: decodes every image once
//! - `duplicates`: finds images that show the same scene
//! - `split`: decides which images are held out
//! - [`held_out`]: finds the images that the training of a checkpoint held out
//! - `check`: reports what is wrong with a data set
//! - `drawn`: draws a deck as a data set
//! - [`mod@augment`]: changes training images at random

pub mod augment;
pub mod cache;
pub(crate) mod check;
pub mod dataset;
pub(crate) mod drawn;
pub(crate) mod duplicates;
pub mod held_out;
pub(crate) mod split;
