//! The decoded data set of a classifier's run.

use std::io;
use std::path::{Path, PathBuf};

use common::{Card, ClassMap};
use image::RgbImage;

use crate::data::cache::{CacheError, decode_all};
use crate::data::dataset::{Dataset, DatasetError, NO_CARD_FOLDER, class_folders};
use crate::data::held_out::HeldOutImages;
use crate::data::split::split_of;
use crate::progress;
use crate::recipe::Recipe;

/// Training images are kept in memory at this side at least, in pixels, so that rotating and
/// shifting them does not cost sharpness.
const LEAST_STORED_SIDE: u32 = 224;

/// The label of an image that shows no card.
pub const NO_CARD: i64 = -1;

/// The images to train on and those to validate on.
#[derive(Debug)]
pub struct TrainingData {
    pub classes: ClassMap,
    /// SHA-256 of the data set.
    pub fingerprint: String,
    /// Decoded training images and their class indices.
    pub images: Vec<(RgbImage, usize)>,
    /// Crops of composed scenes, and their class indices or [`NO_CARD`]; there may be none.
    pub crops: Vec<(RgbImage, i64)>,
    /// The cards among the classes, which can be drawn, and their class indices.
    pub cards: Vec<(Card, usize)>,
    /// The validation images, prepared as on the device.
    pub valid: HeldOutImages,
}

/// A data set that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TrainingDataError {
    #[error("can't read the data set")]
    Fingerprint(#[source] io::Error),
    #[error(transparent)]
    Images(#[from] CacheError),
    #[error(transparent)]
    Crops(#[from] DatasetError),
    #[error(
        "{path:?} has the class {class:?}, which the data set does not have; remove its folder"
    )]
    CropClass { path: PathBuf, class: String },
}

impl TrainingData {
    /// Decodes a complete data set into memory and splits it as the recipe asks. `crops` is a
    /// folder of crops, with a folder per class and "no card".
    ///
    /// # Errors
    /// A file can't be read or decoded, or crops have a class that the data set does not have.
    pub fn load(
        data: &Dataset,
        crops: Option<&Path>,
        recipe: &Recipe,
    ) -> Result<Self, TrainingDataError> {
        let split =
            split_of(&data.samples, recipe.valid_share, recipe.group_duplicates, recipe.seed)?;
        let fingerprint = data.fingerprint().map_err(TrainingDataError::Fingerprint)?;
        let samples = || split.train.iter().map(|&index| &data.samples[index]);
        let paths: Vec<&Path> = samples().map(|sample| sample.path.as_path()).collect();
        let bar = progress::job_bar("decoding", paths.len());
        let images = decode_all(&paths, recipe.side.max(LEAST_STORED_SIDE), &bar)?;
        bar.finish_and_clear();
        Ok(Self {
            classes: data.classes.clone(),
            fingerprint,
            images: images.into_iter().zip(samples().map(|sample| sample.class)).collect(),
            crops: match crops {
                Some(folder) => load_crops(folder, &data.classes, recipe.side)?,
                None => Vec::new(),
            },
            cards: cards(&data.classes),
            valid: HeldOutImages::decode(data, &split.valid, recipe.side)?,
        })
    }

    /// Cards that are drawn for each epoch: none where no class is a card.
    pub fn drawn_cards(&self, recipe: &Recipe) -> usize {
        if self.cards.is_empty() { 0 } else { recipe.drawn_cards }
    }

    /// Crops of an epoch.
    pub fn crops_per_epoch(&self, recipe: &Recipe) -> usize {
        recipe.crops.min(self.crops.len())
    }

    /// Images of an epoch: complete batches only, because BatchNorm needs them, but at least one
    /// batch.
    pub fn images_per_epoch(&self, recipe: &Recipe) -> usize {
        let all = self.images.len()
            + self.crops_per_epoch(recipe)
            + self.drawn_cards(recipe)
            + recipe.drawn_empty;
        let batch_size = recipe.optimization.batch_size;
        if all < batch_size { all } else { all - all % batch_size }
    }
}

/// Decodes the crops of a folder.
fn load_crops(
    folder: &Path,
    classes: &ClassMap,
    side: u32,
) -> Result<Vec<(RgbImage, i64)>, TrainingDataError> {
    let mut paths = Vec::new();
    let mut labels = Vec::new();
    for (class, images) in class_folders(folder)?.images {
        let label = if class == NO_CARD_FOLDER {
            NO_CARD
        } else {
            let index = classes.names().iter().position(|name| *name == class);
            index.ok_or_else(|| TrainingDataError::CropClass {
                path: folder.to_owned(),
                class: class.clone(),
            })? as i64
        };
        labels.extend(images.iter().map(|_| label));
        paths.extend(images);
    }
    let bar = progress::job_bar("crops", paths.len());
    let images = decode_all(&paths, side, &bar)?;
    bar.finish_and_clear();
    Ok(images.into_iter().zip(labels).collect())
}

/// The classes that are cards, with their indices.
fn cards(classes: &ClassMap) -> Vec<(Card, usize)> {
    let names = classes.names().iter().enumerate();
    names.filter_map(|(class, name)| Some((name.parse().ok()?, class))).collect()
}
