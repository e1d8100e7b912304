//! Frames of cameras and files, reduced and in full.

use common::Size;
use image::{Rgb, RgbImage};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

use super::*;
use crate::source::camera::pixels::{ColorMatrix, LevelRange, PixelFormat};

/// An image without sharp edges, so that the coarser colours of JPEG and YUV do not matter.
fn smooth(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([60 + x * 100 / width, 180 - y * 100 / height, 90 + (x + y) * 60 / (width + height)]
            .map(|level| level as u8))
    })
}

fn jpeg(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = Encoder::new(&mut bytes, 95);
    let (width, height) = image.dimensions();
    encoder.encode(image, width as u16, height as u16, ColorType::Rgb).unwrap();
    bytes
}

/// A frame of random bytes, with padding at the ends of the lines.
fn raw(fourcc: &[u8; 4], width: u32, height: u32) -> (CaptureFormat, Vec<u8>) {
    let pixels = PixelFormat::of_fourcc(*fourcc).unwrap();
    let bytes_per_line = 3 * width.next_multiple_of(2) + 10;
    let (range, matrix) = (LevelRange::Full, ColorMatrix::Bt601);
    let format = CaptureFormat { pixels, width, height, bytes_per_line, range, matrix };
    // Levels from 80 to 175, with which no colour is outside the range of RGB.
    let mut state = 1_u32;
    let mut level = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        80 + (state >> 24) as u8 % 96
    };
    (format, (0..format.least_frame_bytes()).map(|_| level()).collect())
}

/// The mean of a block of an image, which may be incomplete.
fn block_mean(image: &RgbImage, factor: u32, x: u32, y: u32) -> [f32; 3] {
    let columns = x * factor..((x + 1) * factor).min(image.width());
    let rows = y * factor..((y + 1) * factor).min(image.height());
    let count = (columns.len() * rows.len()) as f32;
    let mut mean = [0.0; 3];
    for (x, y) in rows.flat_map(|y| columns.clone().map(move |x| (x, y))) {
        for (mean, level) in mean.iter_mut().zip(image.get_pixel(x, y).0) {
            *mean += f32::from(level) / count;
        }
    }
    mean
}

#[test]
fn a_reduced_camera_frame_has_the_means_of_the_blocks_of_the_full_one() {
    for fourcc in [b"YUYV", b"NV12", b"RGB3", b"BGR3", b"GREY"] {
        for (width, height) in [(64, 48), (67, 49), (640, 36)] {
            let (format, bytes) = raw(fourcc, width, height);
            let full = format.to_rgb(&bytes).unwrap();
            for factor in [2, 4, 8] {
                let part = Reduction::of_frame(Size::new(width, height), factor);
                let reduced = format.reduced_rgb(&bytes, part, Vec::new()).unwrap();
                let size = (width.div_ceil(factor), height.div_ceil(factor));
                assert_eq!(reduced.dimensions(), size);
                for (x, y, pixel) in reduced.enumerate_pixels() {
                    let mean = block_mean(&full, factor, x, y);
                    // At the border of an odd size, one pixel alone has colours that two share
                    // elsewhere, and these count as much.
                    let is_complete = (x + 1) * factor <= width && (y + 1) * factor <= height;
                    let tolerance = if is_complete { 4.0 } else { 30.0 };
                    let is_near = pixel
                        .0
                        .iter()
                        .zip(mean)
                        .all(|(a, b)| (f32::from(*a) - b).abs() < tolerance);
                    assert!(is_near, "{format:?} {factor}: {pixel:?} for {mean:?} at {x}, {y}");
                }
            }
        }
    }
}

#[test]
fn the_square_of_a_camera_frame_is_cut_out_of_the_reduced_frame() {
    for (width, height, left, top) in [(128, 64, 16, 0), (64, 128, 0, 16)] {
        let (format, bytes) = raw(b"YUYV", width, height);
        let look = FirstLook::Square { least_side: 32 };
        let frame = FrameImage::of_camera(format, &bytes, look).unwrap();
        assert!(frame.frames.iter().all(|image| image.get().is_none()), "only the square");
        let square = frame.square(32);
        assert_eq!(square.dimensions(), (32, 32));
        let whole = frame.reduced(Size::new(width / 2, height / 2));
        assert_eq!(whole.dimensions(), (width / 2, height / 2));
        for (x, y, pixel) in square.enumerate_pixels() {
            assert_eq!(pixel, whole.get_pixel(left + x, top + y));
        }
        assert_eq!(frame.size(), Size::new(width, height));
        assert_eq!(*frame.full(), format.to_rgb(&bytes).unwrap());
    }
}

#[test]
fn a_jpeg_image_is_decoded_as_far_as_it_is_asked_for() {
    let full = smooth(401, 302);
    let bytes = jpeg(&full);
    let look = FirstLook::Square { least_side: 100 };
    let frame = FrameImage::of_file(bytes.clone(), "a.jpg", look).unwrap();
    assert!(frame.frames[0].get().is_none(), "the full image is not decoded");
    assert_eq!(frame.size(), Size::new(401, 302));
    let square = frame.square(100);
    assert_eq!(square.dimensions(), (201, 151));
    for (x, y, pixel) in square.enumerate_pixels() {
        let mean = block_mean(&full, 2, x, y);
        let is_near = pixel.0.iter().zip(mean).all(|(a, b)| (f32::from(*a) - b).abs() < 6.0);
        assert!(is_near, "{pixel:?} for {mean:?} at {x}, {y}");
    }
    assert_eq!(frame.reduced(Size::new(60, 60)).dimensions(), (101, 76));
    assert_eq!(frame.reduced(Size::new(300, 300)).dimensions(), (401, 302));
    assert_eq!(*frame.full(), image_file::decode(&bytes, "a.jpg").unwrap());
}

#[test]
fn jpeg_images_of_every_kind_are_reduced() {
    let full = smooth(150, 133);
    let reduced_frame = |change: fn(&mut Encoder<&mut Vec<u8>>)| {
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 95);
        change(&mut encoder);
        encoder.encode(&full, 150, 133, ColorType::Rgb).unwrap();
        FrameImage::of_file(bytes, "a.jpg", FirstLook::Square { least_side: 40 }).unwrap()
    };
    let kinds: [fn(&mut Encoder<&mut Vec<u8>>); 7] = [
        |encoder| encoder.set_sampling_factor(SamplingFactor::F_1_1),
        |encoder| encoder.set_sampling_factor(SamplingFactor::F_2_1),
        |encoder| encoder.set_sampling_factor(SamplingFactor::F_1_2),
        |encoder| encoder.set_sampling_factor(SamplingFactor::F_2_2),
        |encoder| encoder.set_restart_interval(3),
        |encoder| encoder.set_progressive(true),
        // This encoder then writes a scan for each component.
        |encoder| encoder.set_optimized_huffman_tables(true),
    ];
    for (number, change) in kinds.into_iter().enumerate() {
        let frame = reduced_frame(change);
        for (least_side, factor) in [(60, 2), (40, 2), (33, 4), (16, 8)] {
            let reduced = frame.square(least_side);
            let size = (150_u32.div_ceil(factor), 133_u32.div_ceil(factor));
            assert_eq!(reduced.dimensions(), size, "{number}");
            for (x, y, pixel) in reduced.enumerate_pixels() {
                let mean = block_mean(&full, factor, x, y);
                let is_near =
                    pixel.0.iter().zip(mean).all(|(a, b)| (f32::from(*a) - b).abs() < 9.0);
                assert!(is_near, "{number}, {factor}: {pixel:?} for {mean:?} at {x}, {y}");
            }
        }
    }
}

#[test]
fn an_image_with_four_colors_is_decoded_in_full() {
    let mut bytes = Vec::new();
    let inks = [60; 150 * 133 * 4];
    Encoder::new(&mut bytes, 95).encode(&inks, 150, 133, ColorType::Cmyk).unwrap();
    let frame = FrameImage::of_file(bytes, "a.jpg", FirstLook::Square { least_side: 40 }).unwrap();
    assert_eq!(frame.square(40).dimensions(), (150, 133));
}

#[test]
fn a_damaged_file_gives_the_same_error_however_little_is_asked_for() {
    let whole = jpeg(&smooth(400, 300));
    let damaged = [
        Vec::new(),
        b"not an image".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        // Without the tables, the rest can't be decoded.
        [&whole[..2], &whole[whole.len() - 600..]].concat(),
    ];
    for bytes in damaged {
        let wanted = image_file::decode(&bytes, "a.jpg").unwrap_err().to_string();
        for look in [FirstLook::Full, FirstLook::Square { least_side: 100 }] {
            let error = FrameImage::of_file(bytes.clone(), "a.jpg", look).unwrap_err();
            assert_eq!(error.to_string(), wanted);
        }
    }
}

#[test]
fn what_only_the_reduced_decoder_accepts_is_enlarged() {
    let bytes = jpeg(&smooth(400, 300));
    let look = FirstLook::Square { least_side: 100 };
    let mut frame = FrameImage::of_file(bytes, "a.jpg", look).unwrap();
    frame.encoded = Encoded::Jpeg { bytes: Vec::new(), name: "a.jpg".into() };
    let full = frame.full();
    assert_eq!(full.dimensions(), (400, 300));
    assert_eq!(full.get_pixel(101, 51), frame.square(100).get_pixel(50, 25));
}

#[test]
fn a_decoded_image_is_never_reduced() {
    let frame = FrameImage::from(smooth(400, 300));
    assert_eq!(frame.square(10).dimensions(), (400, 300));
    assert_eq!(frame.reduced(Size::new(10, 10)).dimensions(), (400, 300));
    let nothing = FrameImage::from(RgbImage::new(0, 0));
    assert_eq!(nothing.square(10).dimensions(), (0, 0));
}
