//! The locator of a model file: two networks that find the corners of the cards in a frame.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use image::RgbImage;

use super::file::{Dimension, Endpoint, Endpoints, Metadata, ModelFile, read_bytes};
use super::network::{Graph, Network};
use super::props::{
    LAYOUT, Props, VALUES, check_format, fixed, key, share, side, text, whole_number,
};
use super::self_test::{SelfTest, SelfTestOutcome, check_finite};
use crate::geometry::{Point, Quad, Size};
use crate::locate::detector_grid::{CHANNELS, Detection, decode, distinct_cards};
use crate::locate::detector_input::{SHRINK_RULE, input_size, shrink, shrink_part};
use crate::locate::refiner::{self, closeup_into, refined};
use crate::locate::{DetectedCard, second_look};
use crate::model::{Engine, FORMAT_VERSION, ModelError, ModelErrorKind};
use crate::prepare::{ImagePart, PrepareError};

const SCORE_THRESHOLD: &str = "cardsight.score_threshold";

/// The only purpose that a locator's file may have.
const LOCATE: &str = "locate";

/// The names of the detector's input and output.
const FRAME: &str = "frame";
const CELLS: &str = "cells";

/// The names of the refiner's input and output.
const CLOSEUP: &str = "closeup";
const MOVES: &str = "moves";

/// The detector is optimised for this frame before the first frame arrives: most cameras have it.
const USUAL_FRAME: Size = Size::new(640, 480);

/// How many frame shapes have an optimised detector at a time. A camera needs one, a folder of
/// images may need several.
const CACHED_SHAPES: usize = 4;

/// The most cards of a frame that are refined, those with the highest score first.
const MAX_REFINED_CARDS: usize = 16;

/// The most refinements of one card. Each brings the corners closer to their true places.
const MAX_REFINEMENTS: usize = 4;

/// Refinement ends when no corner has moved by this share of the card's diagonal.
const SETTLED_SHARE: f32 = 0.012;

/// The largest distance in pixels between a corner of the self-test and the stored one.
const SELF_TEST_TOLERANCE_PIXELS: f32 = 1.0;

/// The metadata of a locator.
#[derive(Clone, Debug, PartialEq)]
pub struct LocatorInfo {
    /// Side of a square with as many pixels as the detector's input, which has the frame's
    /// shape; see [`input_size`].
    pub side: u32,
    /// A cell of the detector below this score, 0 to 1, is not a card.
    pub threshold: f32,
    /// A located card must be named with at least this confidence, 0 to 1, because not
    /// everything that is located is a card.
    pub accept_threshold: f32,
    /// How the weights are stored: "f32" or "int8".
    pub weights: String,
    /// SHA-256 of the data set whose cards it was trained with, in hexadecimal.
    pub data_fingerprint: String,
    /// Seed of the training run.
    pub seed: u64,
    /// Version of the project that wrote the file.
    pub project_version: String,
    /// A frame and the corners that are located in it; files of release 0.1 have none.
    pub self_test: Option<SelfTest>,
}

impl Metadata for LocatorInfo {
    fn to_props(&self) -> Vec<(String, String)> {
        let mut props = vec![
            (key::FORMAT, FORMAT_VERSION.to_string()),
            (key::PURPOSE, LOCATE.to_owned()),
            (key::SIDE, self.side.to_string()),
            (key::LAYOUT, LAYOUT.to_owned()),
            (key::VALUES, VALUES.to_owned()),
            (key::RESIZE, SHRINK_RULE.to_owned()),
            (SCORE_THRESHOLD, self.threshold.to_string()),
            (key::ACCEPT_THRESHOLD, self.accept_threshold.to_string()),
            (key::WEIGHTS, self.weights.clone()),
            (key::DATA_FINGERPRINT, self.data_fingerprint.clone()),
            (key::SEED, self.seed.to_string()),
            (key::PROJECT_VERSION, self.project_version.clone()),
        ];
        props.extend(self.self_test.iter().flat_map(SelfTest::to_props));
        props.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }

    fn from_props(props: &Props<'_>) -> Result<Self, ModelErrorKind> {
        check_format(props)?;
        if props.contains_key(key::CLASSES) && !props.contains_key(key::PURPOSE) {
            return Err(ModelErrorKind::Purpose { found: "classifier", expected: "locator" });
        }
        fixed(props, key::PURPOSE, LOCATE)?;
        fixed(props, key::RESIZE, SHRINK_RULE)?;
        Ok(Self {
            side: side(props)?,
            threshold: share(props, SCORE_THRESHOLD)?,
            accept_threshold: share(props, key::ACCEPT_THRESHOLD)?,
            weights: text(props, key::WEIGHTS)?.to_owned(),
            data_fingerprint: text(props, key::DATA_FINGERPRINT)?.to_owned(),
            seed: whole_number(props, key::SEED)?,
            project_version: text(props, key::PROJECT_VERSION)?.to_owned(),
            self_test: SelfTest::from_props(props)?,
        })
    }

    fn endpoints(&self) -> Vec<Endpoints> {
        let [one, rgb, channels, side, moves] =
            [1, 3, CHANNELS as u32, refiner::SIDE, refiner::VALUES as u32].map(Dimension::Fixed);
        let [height, width, rows, columns] =
            ["height", "width", "rows", "columns"].map(Dimension::Free);
        vec![
            Endpoints {
                input: Endpoint { name: FRAME, shape: vec![one, rgb, height, width] },
                output: Endpoint { name: CELLS, shape: vec![one, channels, rows, columns] },
            },
            Endpoints {
                input: Endpoint { name: CLOSEUP, shape: vec![one, rgb, side, side] },
                output: Endpoint { name: MOVES, shape: vec![one, moves] },
            },
        ]
    }
}

/// Two networks that find the corners of the cards in a frame.
#[derive(Debug)]
pub struct Locator {
    path: String,
    info: LocatorInfo,
    engine: Engine,
    /// The model file. It has a quarter of the size of its graph in memory, which is needed only
    /// when the shape of the frames changes.
    file: Vec<u8>,
    /// The detector for the shapes of the latest frames, the newest shape first.
    detectors: Mutex<Vec<Arc<Network>>>,
    refiner: Network,
}

impl Locator {
    /// Reads, checks and optimises a model file for the default engine.
    ///
    /// # Errors
    /// See [`ModelErrorKind`].
    pub fn from_file(path: &Path) -> Result<Self, ModelError> {
        Self::from_bytes(&read_bytes(path)?, &path.display().to_string())
    }

    /// Checks and optimises the bytes of a model file for the default engine. Error messages
    /// name the file by `path`.
    ///
    /// # Errors
    /// See [`ModelErrorKind`].
    pub fn from_bytes(bytes: &[u8], path: &str) -> Result<Self, ModelError> {
        Self::with_engine(bytes, path, Engine::default())
    }

    /// As [`Locator::from_bytes`], for another engine.
    ///
    /// # Errors
    /// See [`ModelErrorKind`].
    pub fn with_engine(bytes: &[u8], path: &str, engine: Engine) -> Result<Self, ModelError> {
        Self::load(bytes, path, engine).map_err(|kind| kind.of_file(path))
    }

    fn load(bytes: &[u8], path: &str, engine: Engine) -> Result<Self, ModelErrorKind> {
        let (info, graph) = graph(bytes, engine)?;
        let detector = graph.network(FRAME, CELLS, input_size(USUAL_FRAME, info.side))?;
        let refiner = graph.network(CLOSEUP, MOVES, Size::square(refiner::SIDE))?;
        let detectors = Mutex::new(vec![Arc::new(detector)]);
        let (path, file) = (path.to_owned(), bytes.to_vec());
        Ok(Self { path, info, engine, file, detectors, refiner })
    }

    /// The file's metadata.
    pub fn info(&self) -> &LocatorInfo {
        &self.info
    }

    /// The outlines of the cards in a frame, the one with the highest score first. Each is
    /// convex and clockwise, its first two corners at a short side, in pixels of the frame.
    /// Parts of a card that are covered or outside the frame are included.
    ///
    /// # Errors
    /// The frame has no pixels, or tract fails.
    pub fn locate(&self, frame: &RgbImage) -> Result<Vec<Quad>, ModelError> {
        self.locate_in(frame).map_err(|kind| kind.of_file(&self.path))
    }

    /// The outlines as the detector gives them, before they are refined.
    ///
    /// # Errors
    /// As [`Locator::locate`].
    pub fn detect(&self, frame: &RgbImage) -> Result<Vec<Quad>, ModelError> {
        self.detect_in(frame).map_err(|kind| kind.of_file(&self.path))
    }

    /// The size of the detector's input for a frame of this size.
    pub fn input_size(&self, frame: Size) -> Size {
        input_size(frame, self.info.side)
    }

    /// As [`Locator::detect`], in a frame that was shrunk already. A video compares such frames
    /// before it decides to detect anything in them.
    ///
    /// `input`: the frame of size `frame` as [`shrink`] makes it for [`Locator::input_size`].
    ///
    /// # Errors
    /// The input has another size, or tract fails.
    pub fn detect_in_input(
        &self,
        input: &RgbImage,
        frame: Size,
    ) -> Result<Vec<DetectedCard>, ModelError> {
        self.run_detector(input, frame).map_err(|kind| kind.of_file(&self.path))
    }

    /// The cards in a part of a frame, the one with the highest score first. The part has the
    /// frame's shape, as that of [`second_look::crowded_part`], and is seen with twice as many pixels
    /// as the whole frame in [`Locator::detect`].
    ///
    /// # Errors
    /// The frame has no pixels, or tract fails.
    pub fn detect_in_part(
        &self,
        frame: &RgbImage,
        part: ImagePart,
    ) -> Result<Vec<DetectedCard>, ModelError> {
        self.run_detector_in_part(frame, part).map_err(|kind| kind.of_file(&self.path))
    }

    /// One outline of [`Locator::detect`], refined.
    ///
    /// # Errors
    /// tract fails.
    pub fn refine(&self, frame: &RgbImage, outline: Quad) -> Result<Quad, ModelError> {
        self.refine_in(frame, outline).map_err(|kind| kind.of_file(&self.path))
    }

    /// Runs the self-test that the file stores: the corners that are located in its frame must
    /// be the stored ones.
    ///
    /// # Errors
    /// [`ModelErrorKind::SelfTest`] when they differ, or tract fails.
    pub fn self_test(&self) -> Result<SelfTestOutcome, ModelError> {
        self.run_self_test().map_err(|kind| kind.of_file(&self.path))
    }

    fn run_self_test(&self) -> Result<SelfTestOutcome, ModelErrorKind> {
        let Some(test) = &self.info.self_test else {
            let size = self.input_size(USUAL_FRAME);
            check_finite(&self.detector(size)?.run(&vec![128; size.area() * 3])?)?;
            return Ok(SelfTestOutcome::NotStored);
        };
        let outlines = self.locate_in(&test.image)?;
        test.check(&coordinates(&outlines), SELF_TEST_TOLERANCE_PIXELS)?;
        Ok(SelfTestOutcome::Passed)
    }

    fn locate_in(&self, frame: &RgbImage) -> Result<Vec<Quad>, ModelErrorKind> {
        let detected = self.detect_in(frame)?.into_iter().take(MAX_REFINED_CARDS);
        let refined = detected.map(|outline| self.refine_in(frame, outline));
        // After refinement, two outlines may be of the same card.
        Ok(distinct_cards(refined.collect::<Result<_, _>>()?))
    }

    fn detect_in(&self, frame: &RgbImage) -> Result<Vec<Quad>, ModelErrorKind> {
        let frame_size = Size::of_image(frame);
        let input = shrink(frame, self.input_size(frame_size)).map_err(not_shrunk)?;
        let detected = self.run_detector(&input, frame_size)?;
        Ok(detected.into_iter().map(|card| card.corners_in_frame).collect())
    }

    fn run_detector_in_part(
        &self,
        frame: &RgbImage,
        part: ImagePart,
    ) -> Result<Vec<DetectedCard>, ModelErrorKind> {
        // Its size follows from the frame's and not from that of the part, so that one network serves
        // all parts of a frame.
        let size = second_look::input_size(Size::of_image(frame), self.info.side);
        let input = shrink_part(frame, part, size).map_err(not_shrunk)?;
        let offset = Point::new(part.left as f32, part.top as f32);
        let mut detected = self.run_detector_at(&input, size, part.size)?;
        for card in &mut detected {
            card.corners_in_frame = card.corners_in_frame.map(|corner| corner + offset);
            card.visible_middle_in_frame = card.visible_middle_in_frame + offset;
        }
        Ok(detected)
    }

    fn run_detector(
        &self,
        input: &RgbImage,
        frame: Size,
    ) -> Result<Vec<DetectedCard>, ModelErrorKind> {
        self.run_detector_at(input, self.input_size(frame), frame)
    }

    /// Finds the cards in an input of this size, which shows `shown` pixels of the frame, in pixels of
    /// what is shown.
    fn run_detector_at(
        &self,
        input: &RgbImage,
        size: Size,
        shown: Size,
    ) -> Result<Vec<DetectedCard>, ModelErrorKind> {
        let output = self.detector(size)?.run(input.as_raw())?;
        let x_scale = shown.width as f32 / size.width as f32;
        let y_scale = shown.height as f32 / size.height as f32;
        let to_frame = |point: Point| Point::new(point.x * x_scale, point.y * y_scale);
        let detections = decode(&output, size, self.info.threshold);
        let in_frame = |found: Detection| DetectedCard {
            corners_in_frame: found.outline_in_input.map(to_frame),
            visible_middle_in_frame: to_frame(found.visible_middle_in_input),
            score: found.score,
        };
        Ok(detections.into_iter().map(in_frame).collect())
    }

    /// Refines an outline until its corners have settled.
    fn refine_in(&self, frame: &RgbImage, mut outline: Quad) -> Result<Quad, ModelErrorKind> {
        let mut closeup = RgbImage::new(refiner::SIDE, refiner::SIDE);
        for _ in 0..MAX_REFINEMENTS {
            closeup_into(frame, outline, &mut closeup);
            let moves = self.refiner.run(closeup.as_raw())?;
            let before = outline;
            outline = refined(outline, &moves);
            if outline.largest_corner_distance(before) < SETTLED_SHARE * outline.diagonal() {
                break;
            }
        }
        Ok(outline)
    }

    /// The detector for an input of this size.
    fn detector(&self, size: Size) -> Result<Arc<Network>, ModelErrorKind> {
        // A thread that panicked left complete networks behind.
        let mut cached = self.detectors.lock().unwrap_or_else(PoisonError::into_inner);
        let network = match cached.iter().position(|network| network.size() == size) {
            Some(at) => cached.remove(at),
            None => Arc::new(graph(&self.file, self.engine)?.1.network(FRAME, CELLS, size)?),
        };
        cached.insert(0, Arc::clone(&network));
        cached.truncate(CACHED_SHAPES);
        Ok(network)
    }
}

fn not_shrunk(error: PrepareError) -> ModelErrorKind {
    ModelErrorKind::Run { reason: error.to_string() }
}

fn graph(bytes: &[u8], engine: Engine) -> Result<(LocatorInfo, Graph), ModelErrorKind> {
    let ModelFile { info, proto } = ModelFile::<LocatorInfo>::decode(bytes)?;
    Ok((info, Graph::new(proto, engine)?))
}

/// The coordinates of all corners as a self-test stores them: x, y, x, y …
pub fn coordinates(outlines: &[Quad]) -> Vec<f32> {
    outlines.iter().flat_map(|outline| outline.to_arrays()).flatten().collect()
}
