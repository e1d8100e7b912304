//! A camera's raw frame to RGB.

use common::image_file::{ImageFileError, decode};
use image::RgbImage;
use yuv::{
    YuvBiPlanarImage, YuvConversionMode, YuvError, YuvPackedImage, YuvRange, YuvStandardMatrix,
    yuv_nv12_to_rgb, yuyv422_to_rgb,
};

/// How pixels lie in a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PixelFormat {
    /// A JPEG image a frame.
    Mjpeg,
    /// Two pixels in four bytes: Y0 U Y1 V.
    Yuyv,
    /// A plane of Y, then one of interleaved U and V at half the width and height.
    Nv12,
    Rgb3,
    Bgr3,
    Grey,
}

impl PixelFormat {
    /// What is asked of a camera first, where size and rate are equal: YUYV has more
    /// colour than NV12 and fewer bytes than RGB; compressed frames cost decoding, and
    /// grey ones have no colour.
    pub const PREFERRED: [PixelFormat; 6] = [
        PixelFormat::Yuyv,
        PixelFormat::Nv12,
        PixelFormat::Rgb3,
        PixelFormat::Bgr3,
        PixelFormat::Mjpeg,
        PixelFormat::Grey,
    ];

    /// The code in `v4l2_pix_format.pixelformat`.
    pub fn fourcc(self) -> [u8; 4] {
        match self {
            PixelFormat::Mjpeg => *b"MJPG",
            PixelFormat::Yuyv => *b"YUYV",
            PixelFormat::Nv12 => *b"NV12",
            PixelFormat::Rgb3 => *b"RGB3",
            PixelFormat::Bgr3 => *b"BGR3",
            PixelFormat::Grey => *b"GREY",
        }
    }

    /// The format of a code, if it is one of these.
    pub fn of_fourcc(fourcc: [u8; 4]) -> Option<Self> {
        // Some drivers say JPEG for what others call MJPG.
        let fourcc = if fourcc == *b"JPEG" { *b"MJPG" } else { fourcc };
        Self::PREFERRED.into_iter().find(|format| format.fourcc() == fourcc)
    }
}

/// What the levels of Y, U and V mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// Y from 16 to 235, U and V from 16 to 240.
    Limited,
    /// 0 to 255.
    Full,
}

/// How Y, U and V make a colour: BT.601 unless the camera says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matrix {
    Bt601,
    Bt709,
}

/// A frame's layout, as it was negotiated with the camera.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    pub pixels: PixelFormat,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// Distance of two lines' beginnings in bytes; of no meaning for JPEG.
    pub bytes_per_line: u32,
    /// Of YUYV and NV12, as is `matrix`.
    pub range: Range,
    pub matrix: Matrix,
}

/// A frame that can't be turned into an image.
#[derive(Debug, thiserror::Error)]
pub enum PixelsError {
    #[error("the frame is cut: {found} bytes instead of {wanted}")]
    Short { found: usize, wanted: usize },
    #[error("the frame is no whole JPEG image: {0}")]
    Jpeg(#[from] ImageFileError),
    #[error("the frame's layout makes no sense: {0}")]
    Layout(#[from] YuvError),
}

impl Format {
    /// Bytes that a whole frame has at least; the last line need not be padded. 0 for
    /// JPEG.
    pub fn frame_bytes(&self) -> usize {
        let [width, height, line] =
            [self.width, self.height, self.bytes_per_line].map(|n| n as usize);
        let lines = |count: usize, last: usize| line * count.saturating_sub(1) + last;
        match self.pixels {
            PixelFormat::Mjpeg => 0,
            PixelFormat::Yuyv => lines(height, 2 * width.next_multiple_of(2)),
            PixelFormat::Nv12 => {
                line * height + lines(height.div_ceil(2), width.next_multiple_of(2))
            }
            PixelFormat::Rgb3 | PixelFormat::Bgr3 => lines(height, 3 * width),
            PixelFormat::Grey => lines(height, width),
        }
    }

    /// Turns a frame into RGB. `bytes` are those that the camera has filled.
    ///
    /// # Errors
    /// There are too few bytes, or they are no JPEG image.
    pub fn to_rgb(&self, bytes: &[u8]) -> Result<RgbImage, PixelsError> {
        if self.pixels == PixelFormat::Mjpeg {
            return Ok(decode(bytes, "frame")?);
        }
        let wanted = self.frame_bytes();
        if bytes.len() < wanted {
            return Err(PixelsError::Short { found: bytes.len(), wanted });
        }
        let mut image = RgbImage::new(self.width, self.height);
        match self.pixels {
            PixelFormat::Yuyv => self.yuyv(bytes, &mut image)?,
            PixelFormat::Nv12 => self.nv12(bytes, &mut image)?,
            PixelFormat::Rgb3 => self.copy(bytes, &mut image, |[r, g, b]| [r, g, b]),
            PixelFormat::Bgr3 => self.copy(bytes, &mut image, |[b, g, r]| [r, g, b]),
            PixelFormat::Grey => self.copy(bytes, &mut image, |[y]| [y; 3]),
            PixelFormat::Mjpeg => {}
        }
        Ok(image)
    }

    fn yuyv(&self, bytes: &[u8], image: &mut RgbImage) -> Result<(), YuvError> {
        let padded = padded(bytes, self.bytes_per_line as usize * self.height as usize);
        let packed = YuvPackedImage {
            yuy: &padded,
            yuy_stride: self.bytes_per_line,
            width: self.width,
            height: self.height,
        };
        let line = 3 * self.width;
        yuyv422_to_rgb(&packed, image, line, self.range.into(), self.matrix.into())
    }

    fn nv12(&self, bytes: &[u8], image: &mut RgbImage) -> Result<(), YuvError> {
        let (y_plane, uv_plane) =
            bytes.split_at(self.bytes_per_line as usize * self.height as usize);
        let uv_lines = self.height.div_ceil(2) as usize;
        let planes = YuvBiPlanarImage {
            y_plane,
            y_stride: self.bytes_per_line,
            uv_plane: &padded(uv_plane, self.bytes_per_line as usize * uv_lines),
            uv_stride: self.bytes_per_line,
            width: self.width,
            height: self.height,
        };
        let (line, mode) = (3 * self.width, YuvConversionMode::Balanced);
        yuv_nv12_to_rgb(&planes, image, line, self.range.into(), self.matrix.into(), mode)
    }

    /// Line by line, pixel by pixel, whatever the padding.
    fn copy<const N: usize>(
        &self,
        bytes: &[u8],
        image: &mut RgbImage,
        rgb: impl Fn([u8; N]) -> [u8; 3],
    ) {
        let lines = bytes.chunks(self.bytes_per_line as usize);
        for (line, pixels) in lines.zip(image.chunks_mut(3 * self.width as usize)) {
            for (from, to) in line.as_chunks::<N>().0.iter().zip(pixels.as_chunks_mut().0) {
                *to = rgb(*from);
            }
        }
    }
}

/// The last line with its padding, which a frame may lack.
fn padded(bytes: &[u8], wanted: usize) -> std::borrow::Cow<'_, [u8]> {
    if bytes.len() >= wanted {
        return bytes.into();
    }
    let mut longer = bytes.to_vec();
    longer.resize(wanted, 0);
    longer.into()
}

impl From<Range> for YuvRange {
    fn from(range: Range) -> Self {
        match range {
            Range::Limited => YuvRange::Limited,
            Range::Full => YuvRange::Full,
        }
    }
}

impl From<Matrix> for YuvStandardMatrix {
    fn from(matrix: Matrix) -> Self {
        match matrix {
            Matrix::Bt601 => YuvStandardMatrix::Bt601,
            Matrix::Bt709 => YuvStandardMatrix::Bt709,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(pixels: PixelFormat, bytes_per_line: u32, range: Range) -> Format {
        Format { pixels, width: 4, height: 2, bytes_per_line, range, matrix: Matrix::Bt601 }
    }

    /// Each pixel of the image, to within 3 levels: Y, U and V are whole numbers.
    fn assert_all(image: &RgbImage, wanted: [u8; 3]) {
        for pixel in image.pixels() {
            let near = pixel.0.iter().zip(wanted).all(|(a, b)| a.abs_diff(b) <= 3);
            assert!(near, "{:?} instead of {wanted:?}", pixel.0);
        }
    }

    /// BT.601's pure red in both ranges: Y, U, V.
    const RED: [(Range, [u8; 3]); 2] =
        [(Range::Limited, [81, 90, 240]), (Range::Full, [76, 85, 255])];

    #[test]
    fn yuyv_is_red_in_both_ranges_whatever_the_padding() {
        for (range, [y, u, v]) in RED {
            for bytes_per_line in [8, 12] {
                let format = format(PixelFormat::Yuyv, bytes_per_line, range);
                let mut line = [y, u, y, v].repeat(2);
                line.resize(bytes_per_line as usize, 77);
                let frame = line.repeat(2);
                let image = format.to_rgb(&frame[..format.frame_bytes()]).unwrap();
                assert_all(&image, [255, 0, 0]);
            }
        }
    }

    #[test]
    fn colours_of_high_definition_have_a_matrix_of_their_own() {
        // BT.709's pure green, limited range: Y, U, V.
        let [y, u, v] = [173, 42, 26];
        let bt601 = format(PixelFormat::Yuyv, 8, Range::Limited);
        let frame = [y, u, y, v].repeat(4);
        assert_all(&Format { matrix: Matrix::Bt709, ..bt601 }.to_rgb(&frame).unwrap(), [0, 255, 0]);
        assert_ne!(bt601.to_rgb(&frame).unwrap().get_pixel(0, 0).0, [0, 255, 0]);
    }

    #[test]
    fn nv12_is_red_in_both_ranges_whatever_the_padding() {
        for (range, [y, u, v]) in RED {
            for bytes_per_line in [4_u32, 6] {
                let format = format(PixelFormat::Nv12, bytes_per_line, range);
                let mut y_line = vec![y; 4];
                y_line.resize(bytes_per_line as usize, 77);
                let frame = [y_line.repeat(2), [u, v].repeat(2)].concat();
                assert_eq!(frame.len(), format.frame_bytes());
                assert_all(&format.to_rgb(&frame).unwrap(), [255, 0, 0]);
            }
        }
    }

    #[test]
    fn packed_colours_are_taken_in_their_order() {
        let frame = |pixel: &[u8]| pixel.repeat(8);
        let image = |pixels, pixel: &[u8]| {
            let line = 4 * pixel.len() as u32;
            format(pixels, line, Range::Full).to_rgb(&frame(pixel)).unwrap()
        };
        assert_all(&image(PixelFormat::Rgb3, &[10, 100, 200]), [10, 100, 200]);
        assert_all(&image(PixelFormat::Bgr3, &[200, 100, 10]), [10, 100, 200]);
        assert_all(&image(PixelFormat::Grey, &[50]), [50; 3]);
    }

    #[test]
    fn a_cut_frame_is_refused() {
        let format = format(PixelFormat::Rgb3, 16, Range::Full);
        let error = format.to_rgb(&[0; 27]).unwrap_err();
        assert!(matches!(error, PixelsError::Short { found: 27, wanted: 28 }), "{error}");
    }

    #[test]
    fn a_jpeg_frame_is_decoded_and_a_torn_one_refused() {
        let format = format(PixelFormat::Mjpeg, 0, Range::Full);
        let mut jpeg = Vec::new();
        let encoder = jpeg_encoder::Encoder::new(&mut jpeg, 95);
        encoder.encode(&[180; 4 * 2 * 3], 4, 2, jpeg_encoder::ColorType::Rgb).unwrap();
        assert_all(&format.to_rgb(&jpeg).unwrap(), [180; 3]);
        assert!(matches!(format.to_rgb(&jpeg[..40]), Err(PixelsError::Jpeg(_))));
    }

    #[test]
    fn codes_are_those_of_the_kernel() {
        for format in PixelFormat::PREFERRED {
            assert_eq!(PixelFormat::of_fourcc(format.fourcc()), Some(format));
        }
        assert_eq!(PixelFormat::of_fourcc(*b"JPEG"), Some(PixelFormat::Mjpeg));
        assert_eq!(PixelFormat::of_fourcc(*b"RG10"), None);
    }
}
