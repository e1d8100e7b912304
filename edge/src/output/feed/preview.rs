//! A frame as a message with a JPEG image.

use std::sync::Arc;

use common::geometry::Size;
use feed::framing::{LARGEST_JPEG_BYTES, encode_line};
use feed::{Led, Message, Preview, PreviewOutline};
use jiff::Timestamp;
use jpeg_encoder::{ColorType, Encoder};

use crate::decide::{Outline, OutlineContent, State};
use crate::output::feed::figures::Figures;
use crate::output::resize::resize;
use crate::output::round_corners;
use crate::source::FrameImage;
use crate::util::round::{to_hundredths, to_thousandths};

/// Letters on a card stay legible, and an image of 640×480 has about 50 kB.
const QUALITY: u8 = 75;

/// A frame and what it shows.
#[derive(Debug)]
pub(crate) struct FeedView {
    pub(crate) frame: Arc<FrameImage>,
    pub(crate) time: Timestamp,
    pub(crate) state: State,
    pub(crate) outlines: Vec<Outline>,
    pub(crate) leds: Vec<Led>,
    pub(crate) frames_per_second: f64,
}

/// Returns the bytes of a preview with at most this width. Returns nothing for a frame that has no
/// pixels or is too high for a JPEG image.
pub(super) fn encode(view: &FeedView, figures: &Figures, width: u32) -> Option<Arc<[u8]>> {
    let frame = view.frame.size();
    let size = fitted(frame, width);
    let encoded;
    let jpeg = match view.frame.jpeg().filter(|jpeg| is_usable(jpeg, frame, size)) {
        Some(jpeg) => jpeg,
        None => {
            encoded = encode_jpeg(&view.frame, size)?;
            &encoded
        }
    };
    let preview = Preview {
        time: format!("{:.3}", view.time),
        width: size.width,
        height: size.height,
        frame_width: frame.width,
        frame_height: frame.height,
        state: view.state.name().to_owned(),
        card: view.state.card().map(|card| card.to_string()),
        confidence: view.state.confidence().map(to_thousandths),
        outlines: view.outlines.iter().map(|outline| outline_of(outline, &view.state)).collect(),
        leds: view.leds.clone(),
        fps: to_hundredths(view.frames_per_second),
        focus: to_thousandths(figures.focus),
        exposure: figures.exposure,
        jpeg_bytes: jpeg.len(),
    };
    let mut bytes = encode_line(&Message::Preview(Box::new(preview)));
    bytes.extend_from_slice(jpeg);
    Some(bytes.into())
}

/// Whether the camera's own JPEG image can be sent as it is, which costs nothing.
fn is_usable(jpeg: &[u8], frame: Size, wanted: Size) -> bool {
    frame == wanted && jpeg.len() <= LARGEST_JPEG_BYTES
}

/// The size of a frame with at most this width, in the same proportions.
fn fitted(frame: Size, width: u32) -> Size {
    if frame.width <= width {
        return frame;
    }
    let height = u64::from(frame.height) * u64::from(width) / u64::from(frame.width);
    Size::new(width, (height as u32).max(1))
}

fn encode_jpeg(frame: &FrameImage, size: Size) -> Option<Vec<u8>> {
    let reduced = frame.reduced(size);
    let resized;
    let image = if Size::of_image(reduced) == size {
        reduced
    } else {
        resized = resize(reduced, size)?;
        &resized
    };
    let (width, height) = (u16::try_from(size.width).ok()?, u16::try_from(size.height).ok()?);
    let mut jpeg = Vec::new();
    let encoder = Encoder::new(&mut jpeg, QUALITY);
    encoder.encode(image.as_raw(), width, height, ColorType::Rgb).ok()?;
    Some(jpeg)
}

fn outline_of(outline: &Outline, state: &State) -> PreviewOutline {
    let (card, confidence) = match outline.content {
        OutlineContent::Unknown => (None, None),
        OutlineContent::CardOfState => (state.card(), None),
        OutlineContent::Card { card, confidence } => (Some(card), Some(confidence)),
    };
    PreviewOutline {
        corners: round_corners(outline.corners_in_frame).to_arrays(),
        card: card.map(|card| card.to_string()),
        confidence: confidence.map(to_thousandths),
    }
}

#[cfg(test)]
mod tests {
    use common::{Quad, image_file};
    use feed::Decoder;
    use image::{Rgb, RgbImage};

    use super::*;
    use crate::source::FirstLook;

    fn view(frame: FrameImage) -> FeedView {
        let card = "ace of spades".parse().unwrap();
        let corners_in_frame =
            Quad::from([[10.0, 10.0], [90.0, 10.0], [90.0, 130.0], [10.0, 130.0]]);
        FeedView {
            frame: Arc::new(frame),
            time: Timestamp::from_millisecond(1_500).unwrap(),
            state: State::Seen { card, confidence: 0.98765 },
            outlines: vec![
                Outline {
                    corners_in_frame,
                    content: OutlineContent::Card { card, confidence: 0.5 },
                },
                Outline { corners_in_frame, content: OutlineContent::Unknown },
            ],
            leds: Vec::new(),
            frames_per_second: 12.346,
        }
    }

    fn decoded(view: &FeedView, width: u32) -> (Preview, Vec<u8>) {
        let mut decoder = Decoder::default();
        decoder.push(&encode(view, &Figures::of_frame(&view.frame), width).unwrap());
        let packet = decoder.take().unwrap().unwrap();
        let Message::Preview(preview) = packet.message else { panic!("it is a preview") };
        (*preview, packet.jpeg)
    }

    #[test]
    fn a_preview_has_the_wanted_width_and_never_more_than_the_frame() {
        let view = view(RgbImage::from_pixel(640, 480, Rgb([200, 40, 40])).into());
        for (wanted, width, height) in [(320, 320, 240), (100, 100, 75), (1920, 640, 480)] {
            let (preview, jpeg) = decoded(&view, wanted);
            assert_eq!((preview.width, preview.height), (width, height));
            assert_eq!((preview.frame_width, preview.frame_height), (640, 480));
            let image = image_file::decode(&jpeg, "preview").unwrap();
            assert_eq!(image.dimensions(), (width, height));
            assert!(image.get_pixel(5, 5).0[0] > 180, "{:?}", image.get_pixel(5, 5));
        }
    }

    #[test]
    fn a_preview_has_what_was_recognised() {
        let (preview, _) = decoded(&view(RgbImage::new(640, 480).into()), 320);
        assert_eq!(
            (preview.card.as_deref(), preview.confidence),
            (Some("ace of spades"), Some(0.988))
        );
        assert_eq!(preview.outlines[0].corners[2], [90.0, 130.0], "in pixels of the frame");
        assert_eq!(preview.outlines[0].card.as_deref(), Some("ace of spades"));
        assert_eq!(preview.outlines[1].card, None);
        assert_eq!((preview.fps, preview.exposure.dark), (12.35, 1.0));
    }

    #[test]
    fn a_jpeg_frame_of_the_wanted_size_is_sent_as_it_is() {
        let mut jpeg = Vec::new();
        let pixels = RgbImage::from_pixel(640, 480, Rgb([9, 90, 9]));
        Encoder::new(&mut jpeg, 90).encode(&pixels, 640, 480, ColorType::Rgb).unwrap();
        let look = FirstLook::Square { least_side: 160 };
        let view = view(FrameImage::of_file(jpeg.clone(), "frame", look).unwrap());
        assert_eq!(decoded(&view, 640).1, jpeg);
        assert_ne!(decoded(&view, 320).1, jpeg);
    }

    #[test]
    fn a_frame_without_pixels_has_no_preview() {
        let view = view(RgbImage::new(0, 0).into());
        assert!(encode(&view, &Figures::of_frame(&view.frame), 320).is_none());
    }
}
