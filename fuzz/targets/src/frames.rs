//! Frames of cameras, and image files.

use std::io::Cursor;

use common::Size;
use edge::source::camera::pixels::{CaptureFormat, ColorMatrix, LevelRange, PixelFormat};
use edge::source::{FirstLook, FrameImage};
use image::ImageReader;

/// The most pixels of an image that is decoded. The program's own limit would let a fuzzer spend
/// its time on a few large images.
const MOST_PIXELS: u64 = 1 << 16;

/// The number of bytes before the pixels in the input of [`raw_frame`].
const RAW_HEADER_BYTES: usize = 14;

/// Reads an image file as every command does. The first byte decides what is looked at.
pub fn image_file(bytes: &[u8]) -> bool {
    let Some((choice, bytes)) = bytes.split_first().filter(|(_, bytes)| !is_large(bytes)) else {
        return false;
    };
    FrameImage::of_file(bytes.to_vec(), "input", look(*choice)).is_ok_and(|image| look_at(&image))
}

/// Reads an MJPEG frame of a camera. The first byte decides what is looked at.
pub fn mjpeg_frame(bytes: &[u8]) -> bool {
    let Some((choice, bytes)) = bytes.split_first().filter(|(_, bytes)| !is_large(bytes)) else {
        return false;
    };
    let format = CaptureFormat {
        pixels: PixelFormat::of_fourcc(*b"MJPG").expect("the format is in the table"),
        width: 32,
        height: 24,
        bytes_per_line: 0,
        range: LevelRange::Full,
        matrix: ColorMatrix::Bt601,
    };
    read_frame(format, bytes, look(*choice))
}

/// Reads a frame of any other format. The input begins with the format (1 byte), what is looked at
/// and the meaning of the levels (1), width, height and bytes per line (4 each, little-endian).
pub fn raw_frame(bytes: &[u8]) -> bool {
    let Some((header, bytes)) = bytes.split_first_chunk::<RAW_HEADER_BYTES>() else { return false };
    let [index, choice, numbers @ ..] = *header;
    let number = |at: usize| u32::from_le_bytes([0, 1, 2, 3].map(|byte| numbers[4 * at + byte]));
    let uncompressed: Vec<PixelFormat> =
        PixelFormat::ALL.iter().copied().filter(|format| format.fourcc() != *b"MJPG").collect();
    let format = CaptureFormat {
        pixels: uncompressed[usize::from(index) % uncompressed.len()],
        width: number(0),
        height: number(1),
        bytes_per_line: number(2),
        range: if choice & 0x40 == 0 { LevelRange::Full } else { LevelRange::Limited },
        matrix: if choice & 0x80 == 0 { ColorMatrix::Bt601 } else { ColorMatrix::Bt709 },
    };
    read_frame(format, bytes, look(choice))
}

fn read_frame(format: CaptureFormat, bytes: &[u8], look: FirstLook) -> bool {
    FrameImage::of_camera(format, bytes, look).is_ok_and(|image| look_at(&image))
}

/// What recognition looks at first.
fn look(choice: u8) -> FirstLook {
    match choice % 3 {
        0 => FirstLook::Full,
        1 => FirstLook::Square { least_side: 4 },
        _ => FirstLook::Detector { side: 4 },
    }
}

/// Asks for everything that recognition and drawing ask for.
fn look_at(image: &FrameImage) -> bool {
    for least in [1, 4, 16] {
        assert!(image.reduced(Size::square(least)).width() <= image.size().width);
        assert!(image.square(least).height() <= image.size().height);
    }
    assert_eq!(Size::of_image(image.full()), image.size());
    true
}

/// Whether an image says that it has more than [`MOST_PIXELS`].
fn is_large(bytes: &[u8]) -> bool {
    let frame_headers = bytes.windows(9).filter(|bytes| {
        // The start of a JPEG frame: marker, length, bits, height, width.
        bytes[0] == 0xff && matches!(bytes[1], 0xc0..=0xcf)
    });
    let pixels = frame_headers.map(|header| {
        let [height, width] = [5, 7].map(|at| u16::from_be_bytes([header[at], header[at + 1]]));
        u64::from(height) * u64::from(width)
    });
    if bytes.starts_with(&[0xff, 0xd8]) {
        return pixels.max().is_some_and(|most| most > MOST_PIXELS);
    }
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let size = reader.ok().and_then(|reader| reader.into_dimensions().ok());
    size.is_some_and(|(width, height)| u64::from(width) * u64::from(height) > MOST_PIXELS)
}
