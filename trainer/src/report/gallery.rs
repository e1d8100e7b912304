//! The most confident mistakes as images.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::measure::{Evaluation, ImageAnswer};

/// JPEG quality, 1 to 100: the files are small, and the card is still recognisable.
const QUALITY: u8 = 80;

/// An image with a wrong answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GalleryImage {
    /// `data:image/jpeg;base64,…`
    pub url: String,
    /// The class that the image shows.
    pub class: String,
    /// The wrong answer.
    pub answer: String,
    /// The confidence of the answer in percent.
    pub percent: String,
}

/// The first `count` mistakes. `images` are all images that were measured.
///
/// A mistake whose image can't be encoded is left out.
pub fn gallery(measured: &Evaluation, count: usize, images: &[RgbImage]) -> Vec<GalleryImage> {
    let mistakes = measured.mistakes.iter().take(count);
    mistakes
        .filter_map(|mistake| gallery_image(measured, mistake, &images[mistake.image]))
        .collect()
}

fn gallery_image(
    measured: &Evaluation,
    mistake: &ImageAnswer,
    image: &RgbImage,
) -> Option<GalleryImage> {
    let mut jpeg = Vec::new();
    image.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
    Some(GalleryImage {
        url: format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)),
        class: measured.classes[mistake.class].clone(),
        answer: measured.classes[mistake.named].clone(),
        percent: format!("{:.0} %", mistake.confidence * 100.0),
    })
}
