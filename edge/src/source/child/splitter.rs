//! Single JPEG images from a stream of bytes in which they follow each other.
//!
//! The segments of an image are walked by their lengths, so that an end marker in a thumbnail does not
//! end the image (ITU-T T.81, B.1).

/// A larger image is taken for rubbish.
const MOST_IMAGE_BYTES: usize = 32 << 20;

/// The second bytes of markers; the first byte is 0xff.
const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;

/// An image as it came.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SplitImage {
    pub(super) bytes: Vec<u8>,
    /// Whether something else begins before its end.
    pub(super) is_cut: bool,
}

/// Takes bytes as they come, and gives the images in them.
#[derive(Debug, Default)]
pub(super) struct JpegSplitter {
    /// Begins with an image, except in [`Place::Outside`].
    buffer: Vec<u8>,
    place: Place,
    skipped_bytes: usize,
}

/// Where in the buffer the walk has arrived.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    /// Before the start of an image.
    #[default]
    Outside,
    /// At a marker.
    Marker(usize),
    /// In the data of a scan.
    Scan(usize),
}

/// What the bytes at a place are.
enum Found {
    /// Further bytes are needed.
    Unfinished,
    Next(Place),
    /// The image ends here.
    End(usize),
    /// Here is something that does not belong to the image.
    Cut(usize),
}

impl JpegSplitter {
    /// Takes further bytes of the stream.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The bytes since the last image that belong to no image.
    pub(super) fn skipped_bytes(&self) -> usize {
        self.skipped_bytes
    }

    /// The next image, as soon as it is there with its end.
    pub(super) fn next_image(&mut self) -> Option<SplitImage> {
        loop {
            if matches!(self.place, Place::Outside) && !self.find_start() {
                return None;
            }
            match found(&self.buffer, self.place) {
                Found::Unfinished if self.buffer.len() > MOST_IMAGE_BYTES => {
                    self.skip(self.buffer.len());
                }
                Found::Unfinished => return None,
                Found::Next(place) => self.place = place,
                Found::End(end) => return Some(self.split(end, false)),
                Found::Cut(end) => return Some(self.split(end, true)),
            }
        }
    }

    /// Skips what is before the start of an image. Returns whether there is one.
    fn find_start(&mut self) -> bool {
        let is_start = |bytes: &[u8]| bytes == [0xff, START_OF_IMAGE, 0xff];
        let start = self.buffer.windows(3).position(is_start);
        // The last two bytes may be the beginning of a start.
        self.skip(start.unwrap_or(self.buffer.len().saturating_sub(2)));
        if start.is_some() {
            self.place = Place::Marker(2);
        }
        start.is_some()
    }

    fn skip(&mut self, count: usize) {
        self.buffer.drain(..count);
        self.skipped_bytes += count;
        self.place = Place::Outside;
    }

    fn split(&mut self, end: usize, is_cut: bool) -> SplitImage {
        let rest = self.buffer.split_off(end);
        self.place = Place::Outside;
        self.skipped_bytes = 0;
        SplitImage { bytes: std::mem::replace(&mut self.buffer, rest), is_cut }
    }
}

fn found(bytes: &[u8], place: Place) -> Found {
    match place {
        Place::Outside => Found::Unfinished,
        Place::Marker(at) => found_at_marker(bytes, at),
        Place::Scan(at) => found_in_scan(bytes, at),
    }
}

fn found_at_marker(bytes: &[u8], at: usize) -> Found {
    let &[first, code, ref rest @ ..] = bytes.get(at..).unwrap_or_default() else {
        return Found::Unfinished;
    };
    match (first, code) {
        // 0xff may be repeated before a marker.
        (0xff, 0xff) => Found::Next(Place::Marker(at + 1)),
        (0xff, END_OF_IMAGE) => Found::End(at + 2),
        (0xff, 0 | START_OF_IMAGE) => Found::Cut(at),
        (0xff, _) if is_alone(code) => Found::Next(Place::Marker(at + 2)),
        (0xff, _) => match rest {
            &[high, low, ..] => {
                let length = usize::from(u16::from_be_bytes([high, low]));
                let end = at + 2 + length;
                match code {
                    _ if length < 2 => Found::Cut(at),
                    START_OF_SCAN => Found::Next(Place::Scan(end)),
                    _ => Found::Next(Place::Marker(end)),
                }
            }
            _ => Found::Unfinished,
        },
        _ => Found::Cut(at),
    }
}

fn found_in_scan(bytes: &[u8], at: usize) -> Found {
    let data = bytes.get(at..).unwrap_or_default();
    let is_end =
        |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff) && !is_alone(pair[1]);
    match data.windows(2).position(is_end) {
        Some(length) => Found::Next(Place::Marker(at + length)),
        None => Found::Unfinished,
    }
}

/// Whether a marker has no segment: restart markers and TEM.
fn is_alone(code: u8) -> bool {
    matches!(code, 0x01 | 0xd0..=0xd7)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(seed: u8) -> Vec<u8> {
        let mut bytes = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut bytes, 80);
        let pixels: Vec<u8> = (0..32 * 16 * 3).map(|i| (i as u8).wrapping_mul(seed)).collect();
        encoder.encode(&pixels, 32, 16, jpeg_encoder::ColorType::Rgb).unwrap();
        bytes
    }

    /// An image with a thumbnail, which has an end marker of its own, in a segment.
    fn with_thumbnail() -> Vec<u8> {
        let (image, thumbnail) = (jpeg(3), jpeg(5));
        let length = (thumbnail.len() as u16 + 2).to_be_bytes();
        [&image[..2], &[0xff, 0xe1], &length, &thumbnail, &image[2..]].concat()
    }

    /// The images of a stream that comes in pieces of this size.
    fn split(stream: &[u8], piece: usize) -> (Vec<SplitImage>, usize) {
        let mut splitter = JpegSplitter::default();
        let mut images = Vec::new();
        for bytes in stream.chunks(piece) {
            splitter.push(bytes);
            images.extend(std::iter::from_fn(|| splitter.next_image()));
        }
        (images, splitter.skipped_bytes())
    }

    #[test]
    fn images_are_split_wherever_the_pieces_begin() {
        let images = [jpeg(1), with_thumbnail(), jpeg(7)];
        let whole = |bytes: &Vec<u8>| SplitImage { bytes: bytes.clone(), is_cut: false };
        let expected: Vec<SplitImage> = images.iter().map(whole).collect();
        let stream = [b"rubbish\xff", &images[0][..], &images[1], b"\0\0", &images[2]].concat();
        for piece in [1, 2, 3, 100, stream.len()] {
            assert_eq!(split(&stream, piece).0, expected, "{piece}");
        }
    }

    #[test]
    fn half_images_are_marked_and_the_next_one_is_whole() {
        let (half, whole) = (jpeg(3), jpeg(4));
        let scan = half.windows(2).position(|pair| pair == [0xff, START_OF_SCAN]).unwrap();
        for length in [half.len() - 2, half.len() - 9, scan + 20, scan, 21] {
            let stream = [&half[..length], &whole, &whole].concat();
            let images = split(&stream, 50).0;
            assert!(images[0].is_cut, "{length}");
            assert_eq!(images.last().unwrap().bytes, whole, "{length}");
        }
    }

    #[test]
    fn rubbish_is_counted_until_the_next_image() {
        let (images, skipped) = split(&[7; 5000], 64);
        assert_eq!((images.len(), skipped), (0, 4998));
        assert_eq!(split(&[&[7; 5000][..], &jpeg(2)].concat(), 64).1, 0);
    }
}
