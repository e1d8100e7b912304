//! How a framebuffer's pixels lie in memory.

use std::fmt;

use image::RgbImage;

/// The bits of a colour in a pixel's number: `offset..offset + length`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub offset: u32,
    /// At most 8.
    pub length: u32,
}

/// The layout of a framebuffer's memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Width of the visible part in pixels.
    pub width: u32,
    /// Height of the visible part in pixels.
    pub height: u32,
    /// 2 or 4.
    pub bytes_per_pixel: u32,
    /// Distance in bytes between the beginnings of two lines.
    pub bytes_per_line: u32,
    /// Where the first visible pixel begins, in bytes.
    pub start: u64,
    /// Red, green, blue.
    pub channels: [Channel; 3],
    /// The bits of transparency, which are set: the screen would show nothing otherwise.
    pub opaque_bits: u32,
}

/// Why a layout can't be drawn on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    #[error("it has {0} bits per pixel; 16 (RGB565) or 32 (XRGB8888) are needed")]
    Depth(u32),
    #[error("its colours have {0:?} bits; [5, 6, 5] or [8, 8, 8] are needed")]
    Colors([u32; 3]),
    #[error("its visible part needs {needed} bytes, but its memory has only {available}")]
    Memory { needed: u64, available: u64 },
    #[error("its lines of {bytes_per_line} bytes are too short for {width} pixels")]
    Line { bytes_per_line: u32, width: u32 },
}

impl Channel {
    /// The bits of a pixel's number that belong to it.
    pub(crate) fn bits(self) -> u32 {
        let ones = u32::MAX.checked_shl(self.length).map_or(u32::MAX, |above| !above);
        ones.checked_shl(self.offset).unwrap_or(0)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { width, height, bytes_per_pixel, bytes_per_line, .. } = *self;
        let bits_per_pixel = 8 * bytes_per_pixel;
        write!(f, "{width}×{height} pixels, {bits_per_pixel} bits per pixel, ")?;
        write!(f, "{bytes_per_line} bytes per line")
    }
}

impl Layout {
    /// The number of bytes from the first visible pixel to the last one.
    pub(crate) fn visible_bytes(&self) -> usize {
        let last_line = self.width * self.bytes_per_pixel;
        (self.bytes_per_line * self.height.saturating_sub(1) + last_line) as usize
    }

    /// Checks that the layout can be drawn on and fits into `memory_bytes`.
    ///
    /// # Errors
    /// The depth or the colours are unknown, or the layout does not fit.
    pub(crate) fn check(&self, memory_bytes: u64) -> Result<(), LayoutError> {
        let lengths = self.channels.map(|channel| channel.length);
        match (self.bytes_per_pixel, lengths) {
            (2, [5, 6, 5]) | (4, [8, 8, 8]) => {}
            (2 | 4, lengths) => return Err(LayoutError::Colors(lengths)),
            (bytes, _) => return Err(LayoutError::Depth(8 * bytes)),
        }
        if self.bytes_per_line < self.width * self.bytes_per_pixel {
            let Self { bytes_per_line, width, .. } = *self;
            return Err(LayoutError::Line { bytes_per_line, width });
        }
        let needed = self.start + self.visible_bytes() as u64;
        if needed > memory_bytes {
            return Err(LayoutError::Memory { needed, available: memory_bytes });
        }
        Ok(())
    }

    /// Converts an image of the screen's size to the screen's bytes, [`Layout::visible_bytes`] of
    /// them.
    pub(crate) fn pack(&self, image: &RgbImage) -> Vec<u8> {
        let mut bytes = vec![0; self.visible_bytes()];
        let bytes_per_pixel = self.bytes_per_pixel as usize;
        let lines = bytes.chunks_mut(self.bytes_per_line.max(1) as usize);
        for (line, row) in lines.zip(image.rows()) {
            for (place, pixel) in line.chunks_exact_mut(bytes_per_pixel).zip(row) {
                let value = self.value(pixel.0).to_ne_bytes();
                // The kernel counts bits in the byte order of the processor.
                let first = if cfg!(target_endian = "little") { 0 } else { 4 - bytes_per_pixel };
                place.copy_from_slice(&value[first..first + bytes_per_pixel]);
            }
        }
        bytes
    }

    /// The number that stands for a colour in memory.
    fn value(&self, rgb: [u8; 3]) -> u32 {
        let parts = rgb.iter().zip(self.channels);
        parts.fold(self.opaque_bits, |value, (level, Channel { offset, length })| {
            value | (u32::from(*level) >> (8 - length)) << offset
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn layout(bytes_per_pixel: u32, channels: [(u32, u32); 3]) -> Layout {
        Layout {
            width: 2,
            height: 2,
            bytes_per_pixel,
            bytes_per_line: 2 * bytes_per_pixel + 4,
            start: 0,
            channels: channels.map(|(offset, length)| Channel { offset, length }),
            opaque_bits: 0,
        }
    }

    const XRGB: [(u32, u32); 3] = [(16, 8), (8, 8), (0, 8)];
    const XBGR: [(u32, u32); 3] = [(0, 8), (8, 8), (16, 8)];
    const RGB565: [(u32, u32); 3] = [(11, 5), (5, 6), (0, 5)];

    #[test]
    fn colors_are_written_where_the_screen_has_them() {
        let image = RgbImage::from_pixel(2, 2, Rgb([255, 128, 8]));
        let packed = |layout: Layout| layout.pack(&image);
        assert_eq!(packed(layout(4, XRGB))[..4], [8, 128, 255, 0]);
        assert_eq!(packed(layout(4, XBGR))[..4], [255, 128, 8, 0]);
        let value = (31_u16 << 11 | 32 << 5 | 1).to_le_bytes();
        assert_eq!(packed(layout(2, RGB565))[..2], value);
    }

    #[test]
    fn bits_of_transparency_are_set() {
        let image = RgbImage::from_pixel(2, 2, Rgb([255, 128, 8]));
        let opaque_bits = Channel { offset: 24, length: 8 }.bits();
        let argb = Layout { opaque_bits, ..layout(4, XRGB) };
        assert_eq!(argb.pack(&image)[..4], [8, 128, 255, 255]);
        assert_eq!(Channel { offset: 0, length: 0 }.bits(), 0);
    }

    #[test]
    fn lines_begin_where_the_screen_has_them() {
        let image = RgbImage::from_pixel(2, 2, Rgb([255; 3]));
        let bytes = layout(4, XRGB).pack(&image);
        assert_eq!(bytes.len(), 12 + 8);
        assert_eq!(bytes[8..12], [0; 4], "padding");
        assert_eq!(bytes[12..16], [255, 255, 255, 0]);
    }

    #[test]
    fn a_layout_that_can_not_be_drawn_on_is_refused() {
        assert_eq!(layout(4, XRGB).check(20), Ok(()));
        assert_eq!(
            layout(4, XRGB).check(19),
            Err(LayoutError::Memory { needed: 20, available: 19 })
        );
        assert_eq!(layout(3, XRGB).check(99), Err(LayoutError::Depth(24)));
        assert_eq!(layout(4, RGB565).check(99), Err(LayoutError::Colors([5, 6, 5])));
        let narrow = Layout { bytes_per_line: 4, ..layout(4, XRGB) };
        assert_eq!(narrow.check(99), Err(LayoutError::Line { bytes_per_line: 4, width: 2 }));
    }
}
