//! The images of a data set that the training of a checkpoint held out.

use std::io;

use image::RgbImage;

use crate::checkpoint::Checkpoint;
use crate::data::cache::{CacheError, decode_all};
use crate::data::dataset::Dataset;
use crate::data::split::{Split, split_of};
use crate::progress;

/// Held-out images that can't be determined or read.
#[derive(Debug, thiserror::Error)]
pub enum HeldOutError {
    #[error("can't read the data set")]
    Read(#[source] io::Error),
    #[error(
        "the checkpoint was trained on another data set, so it is unknown which of these images \
         were held out; name the data set of that training"
    )]
    OtherDataset,
    #[error(transparent)]
    Images(#[from] CacheError),
}

/// Splits a data set as the training of the checkpoint did.
///
/// # Errors
/// The checkpoint was trained on another data set, or the data set can't be read.
pub fn split_of_training(checkpoint: &Checkpoint, data: &Dataset) -> Result<Split, HeldOutError> {
    if data.fingerprint().map_err(HeldOutError::Read)? != checkpoint.data_fingerprint {
        return Err(HeldOutError::OtherDataset);
    }
    let Checkpoint { valid_share, group_duplicates, seed, .. } = *checkpoint;
    Ok(split_of(&data.samples, valid_share, group_duplicates, seed)?)
}

/// Images as the device prepares them, and the class that each one shows, in one order.
#[derive(Clone, Debug, Default)]
pub struct HeldOutImages {
    /// Each of `side`×`side` pixels.
    pub images: Vec<RgbImage>,
    /// Indices of the data set's class map.
    pub classes: Vec<usize>,
}

impl HeldOutImages {
    /// Decodes the samples with these indices and prepares them for a network whose input is
    /// `side`×`side` pixels.
    ///
    /// # Errors
    /// Lists the images that can't be read or decoded.
    pub fn decode(data: &Dataset, indices: &[usize], side: u32) -> Result<Self, CacheError> {
        let samples = || indices.iter().map(|&index| &data.samples[index]);
        let paths: Vec<_> = samples().map(|sample| sample.path.as_path()).collect();
        let bar = progress::job_bar("held out", paths.len());
        let images = decode_all(&paths, side, &bar)?;
        bar.finish_and_clear();
        Ok(Self { images, classes: samples().map(|sample| sample.class).collect() })
    }

    /// The RGB bytes of each image, row by row.
    pub fn pixels(&self) -> Vec<&[u8]> {
        self.images.iter().map(|image| image.as_raw().as_slice()).collect()
    }
}
