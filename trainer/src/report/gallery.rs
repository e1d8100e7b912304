//! The surest mistakes, as pictures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::RgbImage;
use image::codecs::jpeg::JpegEncoder;

use crate::measure::Measured;

/// JPEG quality of 1 to 100: small files that can still be judged.
const QUALITY: u8 = 80;

/// A picture that was named wrongly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// `data:image/jpeg;base64,…`
    pub url: String,
    pub shown: String,
    pub named: String,
    /// Confidence in percent.
    pub percent: String,
}

/// The first `count` mistakes. `pixels_of` gives the `side`×`side` RGB of a picture.
///
/// Mistakes whose picture can't be encoded are left out.
pub fn gallery<'a>(
    measured: &Measured,
    count: usize,
    side: u32,
    pixels_of: impl Fn(usize) -> &'a [u8],
) -> Vec<Picture> {
    let picture = |mistake: &crate::measure::Answered| {
        let picture = RgbImage::from_raw(side, side, pixels_of(mistake.picture).to_vec())?;
        let mut jpeg = Vec::new();
        picture.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).ok()?;
        Some(Picture {
            url: format!("data:image/jpeg;base64,{}", STANDARD.encode(jpeg)),
            shown: measured.classes[mistake.class].clone(),
            named: measured.classes[mistake.named].clone(),
            percent: format!("{:.0} %", mistake.confidence * 100.0),
        })
    };
    measured.mistakes.iter().take(count).filter_map(picture).collect()
}
