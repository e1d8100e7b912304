//! A model file that finds cards in a frame.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use super::file::{End, Length, Metadata, ModelFile, read_bytes};
use super::network::{Graph, Network};
use super::props::{Fault, LAYOUT, Props, VALUES, check_format, fixed, key, number, side, text};
use crate::Corners;
use crate::corners::{diagonal, distance};
use crate::locate::detector_grid::{CHANNELS, decode, is_same_card};
use crate::locate::detector_input::{SHRINK_RULE, input_size, shrink};
use crate::locate::refiner::{self, closeup, moved};
use crate::model::{FORMAT_VERSION, ModelError};

const PURPOSE: &str = "cardsight.purpose";
const THRESHOLD: &str = "cardsight.score_threshold";
const ACCEPT_THRESHOLD: &str = "cardsight.accept_threshold";

/// The only purpose that a locator's file may name.
const LOCATE: &str = "locate";

/// What the network that sees the whole frame takes and gives.
const FRAME: &str = "frame";
const CELLS: &str = "cells";

/// What the network that sees one card takes and gives.
const CLOSEUP: &str = "closeup";
const MOVES: &str = "moves";

/// The frame that networks are optimised for before one has come: most cameras'.
const USUAL_FRAME: [u32; 2] = [640, 480];

/// Shapes of frames that are kept optimised: a camera has one, a folder may have several.
const SHAPES: usize = 4;

/// Cards that are looked at closely in a frame at most, surest first.
const MOST_CARDS: usize = 16;

/// How often a card is looked at closely at most: each time its corners are nearer to being
/// right.
const MOST_LOOKS: usize = 4;

/// Corners that have all moved less than this share of the card's diagonal are right.
const SETTLED: f32 = 0.012;

/// What a locator's file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatorInfo {
    /// Edge of a square of as many pixels as the first network's input, which has the
    /// frame's shape; see [`input_size`].
    pub side: u32,
    /// Cells below this score, 0..1, are no cards.
    pub threshold: f32,
    /// What it finds has to be named at least this surely, 0..1: not all of it are cards.
    pub accept_threshold: f32,
    /// How the weights are stored: "f32" or "int8".
    pub weights: String,
    /// SHA-256 of the data set whose cards it was trained with, in hexadecimal.
    pub data_fingerprint: String,
    /// Seed of the training run.
    pub seed: u64,
    /// Version of the project that wrote the file.
    pub project_version: String,
}

impl Metadata for LocatorInfo {
    fn to_props(&self) -> Vec<(String, String)> {
        [
            (key::FORMAT, FORMAT_VERSION.to_string()),
            (PURPOSE, LOCATE.to_owned()),
            (key::SIDE, self.side.to_string()),
            (key::LAYOUT, LAYOUT.to_owned()),
            (key::VALUES, VALUES.to_owned()),
            (key::RESIZE, SHRINK_RULE.to_owned()),
            (THRESHOLD, self.threshold.to_string()),
            (ACCEPT_THRESHOLD, self.accept_threshold.to_string()),
            (key::WEIGHTS, self.weights.clone()),
            (key::DATA_FINGERPRINT, self.data_fingerprint.clone()),
            (key::SEED, self.seed.to_string()),
            (key::PROJECT_VERSION, self.project_version.clone()),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into()
    }

    fn from_props(props: &Props<'_>, path: &str) -> Result<Self, ModelError> {
        read(props).map_err(|fault| fault.of(path))
    }

    fn ends(&self) -> Vec<[End; 2]> {
        let [one, rgb, channels, side, moves] =
            [1, 3, CHANNELS as u32, refiner::SIDE, refiner::VALUES as u32].map(Length::Fixed);
        let [height, width, rows, columns] =
            ["height", "width", "rows", "columns"].map(Length::Free);
        vec![
            [
                End { name: FRAME, shape: vec![one, rgb, height, width] },
                End { name: CELLS, shape: vec![one, channels, rows, columns] },
            ],
            [
                End { name: CLOSEUP, shape: vec![one, rgb, side, side] },
                End { name: MOVES, shape: vec![one, moves] },
            ],
        ]
    }
}

fn read(props: &Props<'_>) -> Result<LocatorInfo, Fault> {
    check_format(props)?;
    fixed(props, PURPOSE, LOCATE)?;
    fixed(props, key::RESIZE, SHRINK_RULE)?;
    Ok(LocatorInfo {
        side: side(props)?,
        threshold: share(props, THRESHOLD)?,
        accept_threshold: share(props, ACCEPT_THRESHOLD)?,
        weights: text(props, key::WEIGHTS)?.to_owned(),
        data_fingerprint: text(props, key::DATA_FINGERPRINT)?.to_owned(),
        seed: number(props, key::SEED, "it must be a whole number", |_| true)?,
        project_version: text(props, key::PROJECT_VERSION)?.to_owned(),
    })
}

fn share(props: &Props<'_>, key: &'static str) -> Result<f32, Fault> {
    number(props, key, "it must be 0 to 1", |value: &f32| (0.0..=1.0).contains(value))
}

/// Two networks that find the cards in a frame.
#[derive(Debug)]
pub struct Locator {
    path: String,
    info: LocatorInfo,
    graph: Graph,
    /// The network that sees the frame, for the shapes of the latest frames, newest first.
    whole: Mutex<Vec<Arc<Network>>>,
    /// The network that sees one card.
    close: Network,
}

impl Locator {
    /// Reads, checks and optimises a model file.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_file(path: &Path) -> Result<Self, ModelError> {
        Self::from_bytes(&read_bytes(path)?, &path.display().to_string())
    }

    /// Checks and optimises the bytes of a model file; `path` is for the error text.
    ///
    /// # Errors
    /// See [`ModelError`].
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, ModelError> {
        let ModelFile { info, proto } = ModelFile::<LocatorInfo>::decode(bytes, path)?;
        let graph = Graph::new(proto, path)?;
        let [width, height] = USUAL_FRAME;
        let whole = graph.network(FRAME, CELLS, input_size(width, height, info.side))?;
        let close = graph.network(CLOSEUP, MOVES, [refiner::SIDE; 2])?;
        let whole = Mutex::new(vec![Arc::new(whole)]);
        Ok(Self { path: path.to_owned(), info, graph, whole, close })
    }

    /// What the file says of itself.
    pub fn info(&self) -> &LocatorInfo {
        &self.info
    }

    /// The cards in a frame, surest first: clockwise, the first two corners at a short edge,
    /// in pixels of the frame; the parts of a card that are covered or outside the frame
    /// included.
    ///
    /// # Errors
    /// The frame has no pixels, or tract fails.
    pub fn locate(&self, frame: &RgbImage) -> Result<Vec<Corners>, ModelError> {
        let mut cards: Vec<Corners> = Vec::new();
        for outline in self.outlines(frame)?.into_iter().take(MOST_CARDS) {
            let corners = self.settled(frame, outline)?;
            // Two outlines may turn out to be of one card.
            if !cards.iter().any(|other| is_same_card(&corners, other)) {
                cards.push(corners);
            }
        }
        Ok(cards)
    }

    /// The cards as the first network sees them, surest first.
    ///
    /// # Errors
    /// As [`Locator::locate`].
    pub fn outlines(&self, frame: &RgbImage) -> Result<Vec<Corners>, ModelError> {
        let size = input_size(frame.width(), frame.height(), self.info.side);
        let input = shrink(frame, size).map_err(|error| ModelError::Run {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        let output = self.whole(size)?.run(input.as_raw())?;
        let scale = [frame.width() as f32 / size[0] as f32, frame.height() as f32 / size[1] as f32];
        let found = decode(&output, size, self.info.threshold);
        let in_frame = |[x, y]: [f32; 2]| [x * scale[0], y * scale[1]];
        Ok(found.into_iter().map(|found| found.corners.map(in_frame)).collect())
    }

    /// The corners after as many close looks as it takes.
    fn settled(&self, frame: &RgbImage, mut corners: Corners) -> Result<Corners, ModelError> {
        for _ in 0..MOST_LOOKS {
            let moves = self.close.run(closeup(frame, &corners).as_raw())?;
            let now = moved(&corners, &moves);
            let before = std::mem::replace(&mut corners, now);
            let settled = SETTLED * diagonal(&corners);
            if corners.iter().zip(&before).all(|(a, b)| distance(a, b) < settled) {
                break;
            }
        }
        Ok(corners)
    }

    /// The network that sees the frame, for an input of that size.
    fn whole(&self, size: [u32; 2]) -> Result<Arc<Network>, ModelError> {
        // The networks in it are whole, whoever panicked.
        let mut kept = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        let network = match kept.iter().position(|network| network.size() == size) {
            Some(at) => kept.remove(at),
            None => Arc::new(self.graph.network(FRAME, CELLS, size)?),
        };
        kept.insert(0, Arc::clone(&network));
        kept.truncate(SHAPES);
        Ok(network)
    }
}
