//! Draws one close-up scene like those of the demo, or several cards on a table:
//! `cargo run --release -p tools --bin draw_scene -- CARD[,CARD…]|empty OUT [SEED [WIDTHxHEIGHT]]`.
//!
//! The same seed gives the same scene; the default is 0. OUT ends in `.png`, `.jpg` or `.yuyv`. A
//! JPEG file has the quality 90 and a quarter of the colour resolution, as those of most cameras. A
//! `.yuyv` file is a frame as a camera sends it: YUYV 4:2:2, BT.601, limited range, without a header.

use std::path::Path;

use anyhow::{Context as _, bail};
use common::Card;
use image::RgbImage;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

const USAGE: &str =
    "usage: draw_scene CARD[,CARD…]|empty OUT.png|OUT.jpg|OUT.yuyv [SEED [WIDTHxHEIGHT]]";

/// The quality of JPEG files, 1 to 100.
const JPEG_QUALITY: u8 = 90;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (name, out, seed, size) = match arguments.as_slice() {
        [name, out] => (name, out, 0, None),
        [name, out, seed] => (name, out, seed.parse()?, None),
        [name, out, seed, size] => (name, out, seed.parse()?, Some(size)),
        _ => bail!(USAGE),
    };
    let names = name.split(',').filter(|name| *name != "empty");
    let cards: Vec<Card> = names.map(str::parse).collect::<Result<_, _>>()?;
    let view = if cards.len() > 1 { SceneOptions::default() } else { SceneOptions::close_up() };
    let mut options = SceneOptions { style: Some(Style::classic()), ..view };
    if let Some(size) = size {
        let (width, height) = size.split_once('x').context(USAGE)?;
        (options.width, options.height) = (width.parse()?, height.parse()?);
    }
    let image = draw_scene(&cards, &options, seed).image;
    match Path::new(out).extension().and_then(|extension| extension.to_str()) {
        Some("png") => image.save(out)?,
        Some("jpg") => write_jpeg(&image, out)?,
        Some("yuyv") => std::fs::write(out, yuyv(&image))?,
        _ => bail!(USAGE),
    }
    Ok(())
}

fn write_jpeg(image: &RgbImage, path: &str) -> anyhow::Result<()> {
    let mut encoder = Encoder::new_file(path, JPEG_QUALITY)?;
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = (image.width().try_into()?, image.height().try_into()?);
    Ok(encoder.encode(image.as_raw(), width, height, ColorType::Rgb)?)
}

/// Converts an image of even width to YUYV 4:2:2.
fn yuyv(image: &RgbImage) -> Vec<u8> {
    image.as_raw().chunks_exact(6).flat_map(yuyv_of_pair).collect()
}

/// Y, U, Y, V of two adjacent RGB pixels, which share the mean of their colour differences.
fn yuyv_of_pair(pair: &[u8]) -> [u8; 4] {
    let pixels = [[pair[0], pair[1], pair[2]], [pair[3], pair[4], pair[5]]];
    let [[y0, u0, v0], [y1, u1, v1]] = pixels.map(|rgb| yuv(rgb.map(f32::from)));
    [y0, (u0 + u1) / 2.0, y1, (v0 + v1) / 2.0].map(|level| level.round() as u8)
}

/// Converts a colour by BT.601 to limited range: Y from 16 to 235, U and V from 16 to 240.
fn yuv([r, g, b]: [f32; 3]) -> [f32; 3] {
    let luma = 0.299 * r + 0.587 * g + 0.114 * b;
    let blue = 0.5 * (b - luma) / (1.0 - 0.114);
    let red = 0.5 * (r - luma) / (1.0 - 0.299);
    [16.0 + luma * 219.0 / 255.0, 128.0 + blue * 224.0 / 255.0, 128.0 + red * 224.0 / 255.0]
}
