//! The batches of an epoch: stored and freshly drawn images, shuffled and augmented.

use std::iter::repeat_n;

use image::RgbImage;
use rand::RngExt;
use rand::seq::SliceRandom;
use rand::seq::index::sample;
use rand_pcg::Pcg64;
use rayon::prelude::*;
use renderer::sample::{draw_empty, draw_sample, draw_sample_over};

use crate::data::augment::Augmentation;
use crate::locator::backs;
use crate::recipe::Recipe;
use crate::seed::{RandomStream, stream};
use crate::tasks::classifier::data::{NO_CARD, TrainingData};

/// Share of the images without a card, 0..1, that show the back of one.
const BACKS_SHARE: f64 = 0.6;

/// Images of one size and their classes.
#[derive(Clone, Debug)]
pub struct ImageBatch {
    /// Width and height of each image in pixels.
    pub side: u32,
    /// `[N, side, side, 3]` RGB, 0..255.
    pub pixels: Vec<u8>,
    /// `[N]` class indices, or [`NO_CARD`].
    pub labels: Vec<i64>,
}

impl ImageBatch {
    /// Puts labelled images of `side`×`side` pixels together.
    pub fn new<'a>(side: u32, samples: impl IntoIterator<Item = (&'a RgbImage, i64)>) -> Self {
        let mut batch = Self { side, pixels: Vec::new(), labels: Vec::new() };
        for (image, label) in samples {
            batch.pixels.extend_from_slice(image.as_raw());
            batch.labels.push(label);
        }
        batch
    }
}

/// Where a training image comes from.
#[derive(Clone, Copy, Debug)]
enum ImageOrigin {
    Stored(usize),
    Crop(usize),
    DrawnCard,
    DrawnEmpty,
}

/// Makes the batches of one epoch, in order, each when it is asked for. The same epoch of the
/// same seed is the same.
pub fn epoch_batches<'a>(
    recipe: &'a Recipe,
    data: &'a TrainingData,
    epoch: u64,
) -> impl Iterator<Item = ImageBatch> + 'a {
    let images = data.images_per_epoch(recipe);
    let batch_size = recipe.optimization.batch_size;
    let origins = shuffled_origins(recipe, data, epoch);
    (0..images).step_by(batch_size).map(move |first| {
        let of_batch = &origins[first..(first + batch_size).min(images)];
        let samples: Vec<(RgbImage, i64)> = of_batch
            .par_iter()
            .enumerate()
            .map(|(i, &origin)| {
                // Each image has its own random numbers, so that the result does not depend on
                // which thread makes it.
                let index = [epoch, (first + i) as u64];
                origin.sample(recipe, data, &mut stream(recipe.seed, RandomStream::Image, &index))
            })
            .collect();
        ImageBatch::new(recipe.side, samples.iter().map(|(image, label)| (image, *label)))
    })
}

fn shuffled_origins(recipe: &Recipe, data: &TrainingData, epoch: u64) -> Vec<ImageOrigin> {
    let mut origins: Vec<ImageOrigin> = (0..data.images.len())
        .map(ImageOrigin::Stored)
        .chain(chosen_crops(recipe, data, epoch))
        .chain(repeat_n(ImageOrigin::DrawnCard, data.drawn_cards(recipe)))
        .chain(repeat_n(ImageOrigin::DrawnEmpty, recipe.drawn_empty))
        .collect();
    origins.shuffle(&mut stream(recipe.seed, RandomStream::ImageOrder, &[epoch]));
    origins
}

/// A random part of the crops; each of them is in an epoch once at most.
fn chosen_crops<'a>(
    recipe: &Recipe,
    data: &'a TrainingData,
    epoch: u64,
) -> impl Iterator<Item = ImageOrigin> + use<'a> {
    let mut rng = stream(recipe.seed, RandomStream::CropChoice, &[epoch]);
    let chosen = sample(&mut rng, data.crops.len(), data.crops_per_epoch(recipe));
    chosen.into_iter().map(ImageOrigin::Crop)
}

impl ImageOrigin {
    /// An augmented image and its label.
    fn sample(self, recipe: &Recipe, data: &TrainingData, rng: &mut Pcg64) -> (RgbImage, i64) {
        let side = recipe.side;
        match self {
            ImageOrigin::Stored(index) => {
                let (image, class) = &data.images[index];
                (recipe.augment.apply(image, side, rng), *class as i64)
            }
            ImageOrigin::Crop(index) => {
                let (image, label) = &data.crops[index];
                (Augmentation::CROP.apply(image, side, rng), *label)
            }
            ImageOrigin::DrawnCard => {
                let (card, class) = data.cards[rng.random_range(0..data.cards.len())];
                let image = if rng.random_bool(recipe.drawn_over) {
                    let (centre, _) = &data.images[rng.random_range(0..data.images.len())];
                    draw_sample_over(card, centre, rng.random(), side)
                } else {
                    draw_sample(card, rng.random(), side)
                };
                (recipe.augment.apply(&image, side, rng), class as i64)
            }
            ImageOrigin::DrawnEmpty => {
                let image = if rng.random_bool(BACKS_SHARE) {
                    backs::draw_filling(rng, side)
                } else {
                    draw_empty(rng.random(), side)
                };
                (recipe.augment.apply(&image, side, rng), NO_CARD)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;
    use crate::data::held_out::HeldOutImages;
    use common::{Card, ClassMap};

    fn data() -> TrainingData {
        TrainingData {
            classes: ClassMap::new(["ace of clubs", "joker"].map(str::to_owned)),
            fingerprint: String::new(),
            images: vec![(RgbImage::new(32, 32), 0), (RgbImage::new(32, 32), 1)],
            crops: vec![(RgbImage::new(32, 32), NO_CARD)],
            cards: vec![("ace of clubs".parse().unwrap(), 0), (Card::Joker, 1)],
            valid: HeldOutImages::default(),
        }
    }

    #[test]
    fn an_epoch_has_complete_batches_and_is_the_same_each_time() {
        let mut recipe = Recipe::of(Arch::Compact);
        (recipe.side, recipe.drawn_cards, recipe.drawn_empty) = (32, 3, 2);
        recipe.optimization.batch_size = 3;
        let data = data();
        let epoch = |number| epoch_batches(&recipe, &data, number).collect::<Vec<_>>();
        let batches = epoch(4);
        assert_eq!(batches.iter().map(|batch| batch.labels.len()).collect::<Vec<_>>(), [3, 3]);
        let pixels = |batches: &[ImageBatch]| -> Vec<u8> {
            batches.iter().flat_map(|batch| batch.pixels.clone()).collect()
        };
        assert_eq!(pixels(&batches), pixels(&epoch(4)));
        assert_ne!(pixels(&batches), pixels(&epoch(5)));
    }
}
