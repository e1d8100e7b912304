//! `cardsight classify` on unusual and broken images.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use common::Card;
use image::{DynamicImage, GrayImage, ImageBuffer, Rgb};
use renderer::sample::draw_sample;
use serde_json::Value;

fn classify(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_cardsight")).arg("classify").args(arguments).output().unwrap()
}

/// Returns the JSON lines with their file names.
fn lines(output: &Output) -> Vec<(String, Value)> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let file = Path::new(line["file"].as_str().unwrap()).file_name().unwrap();
            (file.to_str().unwrap().to_owned(), line)
        })
        .collect()
}

fn card() -> image::RgbImage {
    draw_sample(Card::Joker, 1, 160)
}

/// A JPEG with four channels of ink, which PNG and most encoders do not support.
fn cmyk_jpeg() -> Vec<u8> {
    let pixels: Vec<u8> =
        card().pixels().flat_map(|Rgb([r, g, b])| [255 - r, 255 - g, 255 - b, 0]).collect();
    let mut bytes = Vec::new();
    let encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.encode(&pixels, 160, 160, jpeg_encoder::ColorType::Cmyk).unwrap();
    bytes
}

#[test]
fn unusual_but_complete_images_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let card = card();
    let deep = ImageBuffer::from_fn(160, 160, |x, y| {
        Rgb(card.get_pixel(x, y).0.map(|level| u16::from(level) * 257))
    });
    DynamicImage::ImageRgb16(deep).save(path("16-bit.png")).unwrap();
    let grey: GrayImage = DynamicImage::from(card.clone()).into_luma8();
    grey.save(path("grey.jpg")).unwrap();
    fs::write(path("cmyk.jpg"), cmyk_jpeg()).unwrap();
    card.save(path("misnamed.png")).unwrap();
    fs::rename(path("misnamed.png"), path("misnamed.jpg")).unwrap();
    let output = classify(&["--json", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let lines = lines(&output);
    assert_eq!(lines.len(), 4);
    assert!(lines.iter().all(|(_, line)| line["cards"].is_array()), "{lines:?}");
}

#[test]
fn broken_images_are_reported_and_the_others_are_recognised() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    card().save(path("z-good.png")).unwrap();
    let good = fs::read(path("z-good.png")).unwrap();
    card().save(path("cut.jpg")).unwrap();
    let complete = fs::read(path("cut.jpg")).unwrap();
    fs::write(path("cut.jpg"), &complete[..complete.len() / 2]).unwrap();
    fs::write(path("cut.png"), &good[..good.len() / 2]).unwrap();
    fs::write(path("empty.jpg"), "").unwrap();
    fs::write(path("text.jpg"), "not an image at all").unwrap();
    fs::write(path("bomb.png"), bomb()).unwrap();
    let output = classify(&["--json", folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let lines = lines(&output);
    let names: Vec<&str> = lines.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["bomb.png", "cut.jpg", "cut.png", "empty.jpg", "text.jpg", "z-good.png"]);
    let words = ["pixels", "cut off", "cut off", "empty", "neither JPEG nor PNG"];
    for ((name, line), word) in lines.iter().zip(words) {
        let error = line["error"].as_str().unwrap();
        assert!(error.contains(name) && error.contains(word), "{error}");
    }
    assert!(lines[5].1["cards"].is_array());
}

/// A PNG of a few bytes whose header announces 50,000 × 50,000 pixels.
fn bomb() -> Vec<u8> {
    let mut bytes = Vec::new();
    let image = DynamicImage::from(GrayImage::new(50_000, 1));
    image.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    // The height in the header, and the checksum of the header.
    bytes[20..24].copy_from_slice(&50_000_u32.to_be_bytes());
    let checksum = crc32(&bytes[12..29]).to_be_bytes();
    bytes[29..33].copy_from_slice(&checksum);
    bytes
}

/// Returns the checksum of a PNG chunk (PNG specification, annex D), computed bit by bit.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 * (crc & 1)))
    })
}

#[test]
fn the_error_about_a_folder_without_images_names_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let output = classify(&[folder.path().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(folder.path().to_str().unwrap()), "{error}");
}

#[test]
fn the_error_about_a_broken_model_names_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let (model, image) = (folder.path().join("m.onnx"), folder.path().join("a.png"));
    fs::write(&model, "not a model").unwrap();
    card().save(&image).unwrap();
    let output = classify(&["--model", model.to_str().unwrap(), image.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with("error: ") && error.contains("m.onnx"), "{error}");
}

#[test]
fn annotated_copies_are_written_for_each_image() {
    let folder = tempfile::tempdir().unwrap();
    let (image, out) = (folder.path().join("a.png"), folder.path().join("out"));
    card().save(&image).unwrap();
    let arguments = [image.to_str().unwrap(), "--annotate", out.to_str().unwrap()];
    assert_eq!(classify(&arguments).status.code(), Some(0));
    let copy = image::open(out.join("00000-a.png")).unwrap();
    assert_eq!(copy.width(), 480);
}
