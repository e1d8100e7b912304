//! Draws the frames of a video: cards on a table, lying still or moving, with the noise of a
//! camera: `cargo run --release -p tools --bin draw_video -- FOLDER CARDS FRAMES still|moving
//! [SEED]`.
//!
//! The frames are JPEG files of 640×480 pixels, named so that their order is that of time. Up to
//! 15 cards lie in a grid. A card that moves goes round in a circle by a few pixels with each
//! frame. The same seed gives the same frames; the default is 0.

use std::fs;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use common::{Card, Point, Quad, Size};
use image::codecs::jpeg::JpegEncoder;
use image::{RgbImage, RgbaImage};
use renderer::deck::{CARD_MM, Style, draw_card};
use renderer::scene::blend::blend_warped;
use renderer::scene::pose::CardPose;
use renderer::scene::texture;

const USAGE: &str = "usage: draw_video FOLDER CARDS FRAMES still|moving [SEED]";

const FRAME: Size = Size::new(640, 480);
const COLUMNS: usize = 5;
const ROWS: usize = 3;
const CARD_HEIGHT_PIXELS: f32 = 120.0;

/// The radius of the circle that the centre of a moving card describes, and the turn from one
/// frame to the next.
const CIRCLE_PIXELS: f32 = 12.0;
const STEP_DEGREES: f32 = 20.0;

/// The largest change of a level by noise.
const NOISE: u32 = 4;

const JPEG_QUALITY: u8 = 90;

/// What is drawn.
struct Video {
    folder: PathBuf,
    cards: usize,
    frames: usize,
    is_moving: bool,
    seed: u64,
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let video = parse(&arguments).ok_or(USAGE)?;
    fs::create_dir_all(&video.folder)?;
    let style = Style::classic();
    let width = (CARD_HEIGHT_PIXELS * CARD_MM[0] / CARD_MM[1]).ceil() as u32;
    let deck: Vec<RgbaImage> = Card::all()
        .step_by(4)
        .chain(Card::all().skip(2).step_by(4))
        .take(video.cards)
        .map(|card| draw_card(card, &style, width, CARD_HEIGHT_PIXELS as u32))
        .collect();
    let table = texture::draw(0, FRAME.width, FRAME.height, 1);
    for frame in 0..video.frames {
        let step = if video.is_moving { frame } else { 0 };
        let mut image = table.clone();
        for (place, card) in deck.iter().enumerate() {
            blend_warped(&mut image, card, outline(place, video.cards, step));
        }
        add_noise(&mut image, video.seed.wrapping_add(frame as u64));
        write(&image, &video.folder.join(format!("{frame:05}.jpg")))?;
    }
    Ok(())
}

fn parse(arguments: &[String]) -> Option<Video> {
    let [folder, cards, frames, motion, seed @ ..] = arguments else { return None };
    let cards = cards.parse().ok().filter(|&cards| cards <= COLUMNS * ROWS)?;
    let is_moving = match motion.as_str() {
        "still" => false,
        "moving" => true,
        _ => return None,
    };
    let seed = match seed {
        [] => 0,
        [seed] => seed.parse().ok()?,
        _ => return None,
    };
    Some(Video { folder: folder.into(), cards, frames: frames.parse().ok()?, is_moving, seed })
}

/// Returns the corners of a card. A single card lies in the middle of the grid.
fn outline(place: usize, cards: usize, step: usize) -> Quad {
    let place = if cards == 1 { COLUMNS * ROWS / 2 } else { place };
    let (column, row) = (place % COLUMNS, place / COLUMNS);
    let middle = |index: usize, count: usize, length: u32| {
        (index as f32 + 0.5) * length as f32 / count as f32
    };
    let (sin, cos) = (STEP_DEGREES * step as f32).to_radians().sin_cos();
    let pose = CardPose {
        centre_in_frame: Point::new(
            middle(column, COLUMNS, FRAME.width) + CIRCLE_PIXELS * cos,
            middle(row, ROWS, FRAME.height) + CIRCLE_PIXELS * sin,
        ),
        height_pixels: CARD_HEIGHT_PIXELS,
        rotation_degrees: (place * 7 % 19) as f32 - 9.0 + 3.0 * sin,
        tilt_degrees: 0.0,
        tilt_toward_degrees: 0.0,
    };
    pose.corners_in_frame()
}

/// Adds noise that is different in every pixel and every frame.
fn add_noise(image: &mut RgbImage, seed: u64) {
    // The steps of a linear congruential generator by Knuth (MMIX); its high bits are used.
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(1);
    for level in image.iter_mut() {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let noise = (state >> 40) as u32 % (2 * NOISE + 1);
        *level = (u32::from(*level) + noise).saturating_sub(NOISE).min(255) as u8;
    }
}

fn write(image: &RgbImage, path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let file = BufWriter::new(fs::File::create(path)?);
    image.write_with_encoder(JpegEncoder::new_with_quality(file, JPEG_QUALITY))?;
    Ok(())
}
