//! Batches for one epoch, made on other threads while the network trains.

use std::iter::repeat_n;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use common::Card;
use image::RgbImage;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use renderer::deck::{draw_empty, draw_sample, draw_sample_over};

use crate::data::augment::Augment;

/// Batches made ahead of the one in training.
const BATCHES_AHEAD: usize = 3;

/// The label of an image that shows no card.
pub const NO_CARD: i64 = -1;

/// Some images and their classes.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Width and height of each image in pixels.
    pub side: u32,
    /// `[N, side, side, 3]` RGB, 0..255.
    pub pixels: Vec<u8>,
    /// `[N]` class indices, or [`NO_CARD`].
    pub labels: Vec<i64>,
}

impl Batch {
    /// Puts labelled images of `side`×`side` together.
    pub fn new(side: u32, samples: &[(RgbImage, i64)]) -> Self {
        Self {
            side,
            pixels: samples.iter().flat_map(|(input, _)| input.as_raw()).copied().collect(),
            labels: samples.iter().map(|(_, label)| *label).collect(),
        }
    }

    /// The pixels and the class of each image that shows a card.
    pub fn images(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let bytes = 3 * self.side as usize * self.side as usize;
        let labelled = self.pixels.chunks(bytes).zip(&self.labels);
        labelled.filter_map(|(pixels, &label)| Some((pixels, usize::try_from(label).ok()?)))
    }
}

/// All that is needed to make an epoch's batches again from its number.
#[derive(Clone, Debug)]
pub struct Source {
    /// Decoded images and their labels.
    pub images: Arc<Vec<(RgbImage, i64)>>,
    /// Freshly drawn cards to add to each epoch.
    pub drawn_cards: usize,
    /// Share of them with a stored image as their centre, 0..1.
    pub drawn_over: f64,
    /// The cards to draw and their labels.
    pub cards: Vec<(Card, i64)>,
    /// Freshly drawn tables without a card to add to each epoch.
    pub drawn_empty: usize,
    pub augment: Augment,
    /// The network's input, in pixels.
    pub side: u32,
    pub batch_size: usize,
    pub seed: u64,
}

/// Where a training image comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Stored(usize),
    DrawnCard,
    DrawnEmpty,
}

/// The batches of one epoch, in order. Dropping it ends its thread.
#[derive(Debug)]
pub struct Epoch {
    batches: Option<Receiver<Batch>>,
    worker: Option<JoinHandle<()>>,
    waited: Duration,
}

impl Source {
    /// How many images an epoch has: whole batches only, for BatchNorm's sake, but
    /// at least one.
    pub fn images_per_epoch(&self) -> usize {
        let all = self.images.len() + self.drawn_cards + self.drawn_empty;
        if all < self.batch_size { all } else { all - all % self.batch_size }
    }

    /// Shuffles, augments and batches; the same epoch of the same seed is the same.
    pub fn epoch(&self, epoch: u64) -> Epoch {
        let (sender, batches) = sync_channel(BATCHES_AHEAD);
        let source = self.clone();
        let make = move || {
            let mut rng = epoch_rng(source.seed, epoch, 0);
            let mut origins: Vec<Origin> = (0..source.images.len())
                .map(Origin::Stored)
                .chain(repeat_n(Origin::DrawnCard, source.drawn_cards))
                .chain(repeat_n(Origin::DrawnEmpty, source.drawn_empty))
                .collect();
            origins.shuffle(&mut rng);
            origins.truncate(source.images_per_epoch());
            for (number, origins) in origins.chunks(source.batch_size).enumerate() {
                let first = number * source.batch_size;
                if sender.send(source.batch(origins, epoch, first)).is_err() {
                    return; // Nobody wants the rest.
                }
            }
        };
        let worker = std::thread::spawn(make);
        Epoch { batches: Some(batches), worker: Some(worker), waited: Duration::ZERO }
    }

    fn batch(&self, origins: &[Origin], epoch: u64, first: usize) -> Batch {
        let numbered = origins.par_iter().enumerate();
        let samples: Vec<(RgbImage, i64)> = numbered
            .map(|(i, &origin)| {
                let mut rng = epoch_rng(self.seed, epoch, 1 + (first + i) as u64);
                self.sample(origin, &mut rng)
            })
            .collect();
        Batch::new(self.side, &samples)
    }

    fn sample(&self, origin: Origin, rng: &mut Pcg64) -> (RgbImage, i64) {
        match origin {
            Origin::Stored(index) => {
                let (image, label) = &self.images[index];
                (self.augment.apply(image, self.side, rng), *label)
            }
            Origin::DrawnCard => {
                let (card, label) = self.cards[rng.random_range(0..self.cards.len())];
                let image = if rng.random_bool(self.drawn_over) {
                    let (centre, _) = &self.images[rng.random_range(0..self.images.len())];
                    draw_sample_over(card, centre, rng.random(), self.side)
                } else {
                    draw_sample(card, rng.random(), self.side)
                };
                (self.augment.apply(&image, self.side, rng), label)
            }
            Origin::DrawnEmpty => {
                let image = draw_empty(rng.random(), self.side);
                (self.augment.apply(&image, self.side, rng), NO_CARD)
            }
        }
    }
}

/// One independent stream of random numbers per image of an epoch, so that the
/// result does not depend on which thread makes it.
fn epoch_rng(seed: u64, epoch: u64, image: u64) -> Pcg64 {
    Pcg64::seed_from_u64(seed.rotate_left(48) ^ (epoch << 24) ^ image)
}

impl Epoch {
    /// How long whoever takes the batches has waited for them.
    pub fn waited(&self) -> Duration {
        self.waited
    }
}

impl Iterator for Epoch {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        let asked = Instant::now();
        let batch = self.batches.as_ref()?.recv().ok();
        self.waited += asked.elapsed();
        batch
    }
}

impl Drop for Epoch {
    fn drop(&mut self) {
        drop(self.batches.take());
        if let Some(worker) = self.worker.take()
            && let Err(panic) = worker.join()
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}
