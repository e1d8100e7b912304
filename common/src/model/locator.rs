//! A model file that finds cards in a frame.

use std::path::Path;

use image::RgbImage;

use super::file::{Metadata, ModelFile, read_bytes};
use super::network::Network;
use super::props::{Fault, LAYOUT, Props, VALUES, check_format, fixed, key, number, side, text};
use crate::Corners;
use crate::locate::grid::{CHANNELS, STRIDE, decode};
use crate::locate::letterbox::{LETTERBOX_RULE, letterbox};
use crate::locate::refine::refine;
use crate::model::{FORMAT_VERSION, ModelError};

const PURPOSE: &str = "cardsight.purpose";
const THRESHOLD: &str = "cardsight.score_threshold";
const ACCEPT_THRESHOLD: &str = "cardsight.accept_threshold";

/// The only purpose that a locator's file may name.
const LOCATE: &str = "locate";

/// What a locator's file says of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatorInfo {
    /// Width and height of the input in pixels; a multiple of [`STRIDE`].
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
    const OUTPUT: &str = "cells";

    fn to_props(&self) -> Vec<(String, String)> {
        [
            (key::FORMAT, FORMAT_VERSION.to_string()),
            (PURPOSE, LOCATE.to_owned()),
            (key::SIDE, self.side.to_string()),
            (key::LAYOUT, LAYOUT.to_owned()),
            (key::VALUES, VALUES.to_owned()),
            (key::RESIZE, LETTERBOX_RULE.to_owned()),
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

    fn side(&self) -> u32 {
        self.side
    }

    fn output(&self) -> Vec<i64> {
        let edge = i64::from(self.side) / STRIDE as i64;
        vec![1, CHANNELS as i64, edge, edge]
    }
}

fn read(props: &Props<'_>) -> Result<LocatorInfo, Fault> {
    check_format(props)?;
    fixed(props, PURPOSE, LOCATE)?;
    fixed(props, key::RESIZE, LETTERBOX_RULE)?;
    let side = side(props)?;
    if !(side as usize).is_multiple_of(STRIDE) {
        let wanted = format!("it must be a multiple of {STRIDE}");
        return Err(Fault::Bad { key: key::SIDE, value: side.to_string(), wanted });
    }
    Ok(LocatorInfo {
        side,
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

/// A network that finds the cards in a frame.
#[derive(Debug)]
pub struct Locator {
    path: String,
    info: LocatorInfo,
    network: Network,
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
        let network = Network::new(proto, info.side, path)?;
        Ok(Self { path: path.to_owned(), info, network })
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
        let boxed = letterbox(frame, self.info.side).map_err(|error| ModelError::Run {
            path: self.path.clone(),
            reason: error.to_string(),
        })?;
        let output = self.network.run(boxed.input.as_raw())?;
        let [scale_x, scale_y] = boxed.frame_per_input;
        let found = decode(&output, self.info.side, self.info.threshold);
        let in_frame = found.into_iter().map(|found| {
            let corners = found.corners.map(|[x, y]| [x * scale_x, y * scale_y]);
            refine(frame, &corners)
        });
        Ok(in_frame.collect())
    }
}
