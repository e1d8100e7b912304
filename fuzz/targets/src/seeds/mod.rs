//! Valid inputs to begin with, drawn in code.
//!
//! - [`model`]: a model file with a network of few weights

mod model;

use std::io::Cursor;

use edge::source::camera::pixels::PixelFormat;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

pub use self::model::model_files;

/// Configurations of boards, one with every key, one with a byte order mark.
pub fn configurations() -> Vec<Vec<u8>> {
    let texts = [
        include_str!("../../../../deploy/cardsight.toml"),
        include_str!("../../../../deploy/device.toml"),
        include_str!("../../../../deploy/raspberry-pi-5.toml"),
        "source = \"camera:desk\"\nleds = \"gpio\"\n[[led]]\nline = \"17\"\non = \"suit:hearts\"\n",
        "\u{feff}source = \"demo\"\n",
    ];
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// An image in each format that is read, for each look at it.
pub fn image_files() -> Vec<Vec<u8>> {
    let formats = [
        ImageFormat::Jpeg,
        ImageFormat::Png,
        ImageFormat::WebP,
        ImageFormat::Gif,
        ImageFormat::Bmp,
    ];
    let mut images: Vec<Vec<u8>> =
        formats.iter().map(|format| encoded(&DynamicImage::from(gradient()), *format)).collect();
    let grey_with_alpha = DynamicImage::from(gradient()).into_luma_alpha16();
    images.push(encoded(&grey_with_alpha.into(), ImageFormat::Png));
    images.push(encoded(&DynamicImage::from(gradient()).into_luma8().into(), ImageFormat::Jpeg));
    with_looks(images)
}

/// JPEG images as cameras send them: whole, without their Huffman tables, without an end, and with
/// padding.
pub fn mjpeg_frames() -> Vec<Vec<u8>> {
    let whole = jpeg();
    let mut frames = vec![
        without_huffman_tables(&whole),
        whole[..whole.len() - 2].to_vec(),
        [whole.as_slice(), &[0; 7]].concat(),
    ];
    frames.push(whole);
    with_looks(frames)
}

/// A frame in each format, with lines that have padding.
pub fn raw_frames() -> Vec<Vec<u8>> {
    let (width, height, bytes_per_line) = (9_u32, 6_u32, 32_u32);
    let size = [width, height, bytes_per_line].map(u32::to_le_bytes).concat();
    let pixels: Vec<u8> = (0..bytes_per_line * (height + height / 2)).map(|at| at as u8).collect();
    let formats = 0..PixelFormat::ALL.len() as u8 - 1;
    let headers = formats.flat_map(|format| [0, 1, 2, 0xc0].map(|choice| [format, choice]));
    headers.map(|header| [header.as_slice(), &size, &pixels].concat()).collect()
}

/// Each input after a byte that selects a look at it.
fn with_looks(inputs: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    let looks = [0_u8, 1, 2];
    inputs.iter().flat_map(|input| looks.map(|look| [&[look], input.as_slice()].concat())).collect()
}

fn gradient() -> RgbImage {
    RgbImage::from_fn(24, 17, |x, y| Rgb([(x * 10) as u8, (y * 14) as u8, (x * y) as u8]))
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.write_to(&mut bytes, format).expect("a small image can be encoded");
    bytes.into_inner()
}

fn jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 60);
    gradient().write_with_encoder(encoder).expect("a small image can be encoded");
    bytes
}

/// A JPEG image without its segments DHT.
fn without_huffman_tables(image: &[u8]) -> Vec<u8> {
    let (mut kept, mut rest) = (image[..2].to_vec(), &image[2..]);
    while let [0xff, marker, high, low, ..] = *rest {
        let length = 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            break;
        }
        if marker != 0xc4 {
            kept.extend_from_slice(&rest[..length]);
        }
        rest = &rest[length..];
    }
    kept.extend_from_slice(rest);
    kept
}
