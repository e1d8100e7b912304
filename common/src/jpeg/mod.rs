//! JPEG images as cameras and telephones write them, turned into what every decoder reads.
//!
//! - Frames of webcams have no Huffman tables: they mean the standard ones ([`tables`]).
//! - What follows the end of the image does not belong to it: padding, the video of a motion photo,
//!   another image.
//! - The marker at the end may be missing if the scan before it is complete ([`scan`]).

mod scan;
mod tables;

use std::borrow::Cow;

use self::scan::Frame;
use self::tables::STANDARD_TABLES;

/// The second bytes of markers (ITU-T T.81, table B.1); the first byte is 0xff.
mod marker {
    pub(super) const BASELINE_FRAME: u8 = 0xc0;
    pub(super) const EXTENDED_FRAME: u8 = 0xc1;
    pub(super) const HUFFMAN_TABLES: u8 = 0xc4;
    pub(super) const START_OF_IMAGE: u8 = 0xd8;
    pub(super) const END_OF_IMAGE: u8 = 0xd9;
    pub(super) const START_OF_SCAN: u8 = 0xda;
    pub(super) const RESTART_INTERVAL: u8 = 0xdd;

    /// Markers without a segment: restart markers and TEM.
    pub(super) fn is_alone(code: u8) -> bool {
        matches!(code, 0x01 | 0xd0..=0xd7)
    }
}

/// The last two bytes of an image.
const END: [u8; 2] = [0xff, marker::END_OF_IMAGE];

/// A marker with its segment.
struct Segment<'a> {
    code: u8,
    /// The place of the marker.
    start: usize,
    /// Without the length; empty if the marker has no segment.
    content: &'a [u8],
    /// The place after the segment.
    end: usize,
}

/// The image at the beginning of the bytes, with everything that a decoder needs. Returns `None`
/// for an image that is cut off.
pub(crate) fn whole(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    let mut frame = Frame::default();
    let mut at = 2;
    // What comes before the first scan.
    let scan = loop {
        let segment = next_segment(bytes, at)?;
        match segment.code {
            marker::START_OF_SCAN => break segment,
            marker::START_OF_IMAGE | marker::END_OF_IMAGE => return None,
            _ => frame.read(&segment),
        }
        at = segment.end;
    };
    let image = if without_padding(bytes).ends_with(&END) {
        // Decoders stop at the end of the image, wherever it is.
        Cow::Borrowed(bytes)
    } else {
        ended(bytes, &mut frame, &scan)?
    };
    if frame.has_tables {
        return Some(image);
    }
    let (before, after) = image.split_at(scan.start);
    Some([before, &STANDARD_TABLES, after].concat().into())
}

/// The image up to its end marker, which is added if all scans are complete without it.
fn ended<'a>(bytes: &'a [u8], frame: &mut Frame, first: &Segment<'_>) -> Option<Cow<'a, [u8]>> {
    let mut scan_start = first.end;
    frame.begin_scan(first.content);
    loop {
        let mut at = end_of_scan(bytes, scan_start);
        loop {
            match next_segment(bytes, at) {
                Some(segment) if segment.code == marker::END_OF_IMAGE => {
                    return Some(bytes[..segment.end].into());
                }
                Some(segment) if segment.code == marker::START_OF_SCAN => {
                    scan_start = segment.end;
                    frame.begin_scan(segment.content);
                    break;
                }
                Some(segment) if segment.code != marker::START_OF_IMAGE => {
                    frame.read(&segment);
                    at = segment.end;
                }
                _ => {
                    let data = without_padding(&bytes[scan_start..]);
                    let length = frame.scan_length(data)?;
                    return Some([&bytes[..scan_start + length], &END].concat().into());
                }
            }
        }
    }
}

/// The next marker from a place on. Bytes that belong to no segment are skipped.
fn next_segment(bytes: &[u8], from: usize) -> Option<Segment<'_>> {
    let mut start = from;
    loop {
        start += bytes.get(start..)?.iter().position(|byte| *byte == 0xff)?;
        let code = *bytes.get(start + 1)?;
        // 0xff may be repeated before a marker, and 0xff 0x00 is none.
        if code == 0xff || code == 0 || marker::is_alone(code) {
            start += 1;
            continue;
        }
        let end = start + 2;
        if matches!(code, marker::START_OF_IMAGE | marker::END_OF_IMAGE) {
            return Some(Segment { code, start, content: &[], end });
        }
        let length = usize::from(u16::from_be_bytes([*bytes.get(end)?, *bytes.get(end + 1)?]));
        let content = bytes.get(end + 2..end + length)?;
        return Some(Segment { code, start, content, end: end + length });
    }
}

/// The place of the first marker after a scan's data, or the end of the bytes.
fn end_of_scan(bytes: &[u8], start: usize) -> usize {
    let is_end =
        |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff) && !marker::is_alone(pair[1]);
    let data = &bytes[start..];
    data.windows(2).position(is_end).map_or(bytes.len(), |length| start + length)
}

/// The bytes without zeros at their end, except one that belongs to 0xff before it.
fn without_padding(bytes: &[u8]) -> &[u8] {
    let length = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let is_stuffed = length > 0 && bytes[length - 1] == 0xff && length < bytes.len();
    &bytes[..length + usize::from(is_stuffed)]
}

#[cfg(test)]
mod tests {
    use jpeg_encoder::{ColorType, Encoder, SamplingFactor};

    use super::*;

    /// A JPEG image with the standard tables.
    fn jpeg(change: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
        let pixels: Vec<u8> = (0..75 * 41 * 3).map(|i: u32| (i * i / 7 % 251) as u8).collect();
        let mut bytes = Vec::new();
        let mut encoder = Encoder::new(&mut bytes, 90);
        change(&mut encoder);
        encoder.encode(&pixels, 75, 41, ColorType::Rgb).unwrap();
        bytes
    }

    fn plain() -> Vec<u8> {
        jpeg(|_| {})
    }

    /// Images of all kinds of baseline scans.
    fn baseline() -> [Vec<u8>; 4] {
        [
            plain(),
            jpeg(|encoder| encoder.set_sampling_factor(SamplingFactor::F_2_2)),
            jpeg(|encoder| {
                encoder.set_sampling_factor(SamplingFactor::F_2_1);
                encoder.set_restart_interval(3);
            }),
            // This encoder then writes a scan for each component.
            jpeg(|encoder| encoder.set_optimized_huffman_tables(true)),
        ]
    }

    /// The image without its segments of Huffman tables, as webcams send it.
    fn without_tables(bytes: &[u8]) -> Vec<u8> {
        let (mut kept, mut at) = (bytes[..2].to_vec(), 2);
        loop {
            let segment = next_segment(bytes, at).unwrap();
            if segment.code == marker::START_OF_SCAN {
                kept.extend(&bytes[segment.start..]);
                return kept;
            }
            if segment.code != marker::HUFFMAN_TABLES {
                kept.extend(&bytes[segment.start..segment.end]);
            }
            at = segment.end;
        }
    }

    fn decoded(bytes: &[u8]) -> image::RgbImage {
        crate::image_file::decode(bytes, "a.jpg").unwrap()
    }

    #[test]
    fn without_tables_the_standard_ones_count() {
        let bytes = plain();
        let bare = without_tables(&bytes);
        assert!(bare.len() < bytes.len() - 400);
        assert_eq!(decoded(&bare), decoded(&bytes));
        // With the header of AVI files, which says the same.
        let avi1 = [&bare[..2], b"\xff\xe0\0\x10AVI1", &[0; 10], &bare[2..]].concat();
        assert_eq!(decoded(&avi1), decoded(&bytes));
        let unended = &bare[..bare.len() - 2];
        assert_eq!(decoded(unended), decoded(&bytes));
    }

    #[test]
    fn what_follows_the_image_is_ignored() {
        let bytes = plain();
        let video = [b"\0\0\0\x18ftypmp42".as_slice(), &[0xff, 0xda, 3, 0xff, 0xd8, 7]].concat();
        let cut = &bytes[..bytes.len() / 2];
        for tail in [&[0; 9][..], &[0xff, 0xda], &[0xff], b"\r\n", &video, cut] {
            let longer = [&bytes, tail].concat();
            assert_eq!(decoded(&longer), decoded(&bytes), "{tail:?}");
            let bare = [&without_tables(&bytes), tail].concat();
            assert_eq!(decoded(&bare), decoded(&bytes), "{tail:?}");
        }
    }

    #[test]
    fn a_complete_scan_needs_no_end_marker() {
        for bytes in baseline() {
            let unended = &bytes[..bytes.len() - 2];
            assert_eq!(decoded(unended), decoded(&bytes));
            let padded = [unended, &[0; 64]].concat();
            assert_eq!(decoded(&padded), decoded(&bytes));
        }
    }

    #[test]
    fn an_image_that_is_cut_inside_its_scan_is_refused() {
        let progressive = jpeg(|encoder| encoder.set_progressive(true));
        for bytes in baseline().into_iter().chain([progressive]) {
            let length = bytes.len();
            for kept in [0, 1, 2, 20, 200, length / 2, length - 40, length - 4, length - 3] {
                assert!(whole(&bytes[..kept]).is_none(), "{kept} of {length} bytes");
                let padded = [&bytes[..kept], &[0; 64]].concat();
                // After 0xff, the first zero of the padding belongs to the scan.
                let is_whole = kept + 3 == length && bytes[..kept].ends_with(&[0xff]);
                assert_eq!(whole(&padded).is_some(), is_whole, "{kept} of {length} and padding");
            }
        }
    }

    #[test]
    fn no_bytes_cause_a_panic() {
        let bytes = jpeg(|encoder| encoder.set_restart_interval(2));
        for at in 0..bytes.len() {
            for value in [0, 1, 0xff] {
                let mut changed = bytes[..bytes.len() - 2].to_vec();
                if let Some(byte) = changed.get_mut(at) {
                    *byte = value;
                }
                let _ = whole(&changed);
            }
        }
    }
}
