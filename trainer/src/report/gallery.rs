//! The surest mistakes, as images.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::measure::Evaluation;

/// JPEG quality of 1 to 100: small files that can still be judged.
const QUALITY: u8 = 80;

/// An image that was named wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `data:image/jpeg;base64,…`
    pub url: String,
    pub shown: String,
    pub named: String,
    /// Confidence in percent.
    pub percent: String,
}

/// The first `count` mistakes. `pixels_of` gives the `side`×`side` RGB of an image.
///
/// Mistakes whose image can't be encoded are left out.
pub fn gallery<'a>(
    measured: &Evaluation,
    count: usize,
    side: u32,
    pixels_of: impl Fn(usize) -> &'a [u8],
) -> Vec<Image> {
    let image = |mistake: &crate::measure::LabelledAnswer| {
        let image = RgbImage::from_raw(side, side, pixels_of(mistake.image).to_vec())?;
        let mut jpeg = Vec::new();
        image.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
        Some(Image {
            url: format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)),
            shown: measured.classes[mistake.class].clone(),
            named: measured.classes[mistake.named].clone(),
            percent: format!("{:.0} %", mistake.confidence * 100.0),
        })
    };
    measured.mistakes.iter().take(count).filter_map(image).collect()
}
