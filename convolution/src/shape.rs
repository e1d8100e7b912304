//! The layout of activations in memory.

/// The multiple to which height and width are rounded up: the side of the largest Winograd tile.
const TILE_SIDE: usize = 4;

/// The shape of an activation in padded NHWC: rows of pixels, each pixel with all its channels.
///
/// Around the image lies a border of one pixel. Right of it and below it lies slack, so that the
/// kernels may read whole tiles, and each pixel may have more channels than the image has. Border,
/// slack and surplus channels are zero: a buffer is zeroed once when it is made, and
/// [`Convolution::run`](crate::Convolution::run) and [`write_pixels`](crate::write_pixels) write
/// only to the image's own pixels, with zeros in the surplus channels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PaddedShape {
    /// The number of rows of the image, without the border.
    pub height: usize,
    /// The number of pixels in a row of the image, without the border.
    pub width: usize,
    /// The number of channels that the image has.
    pub channels: usize,
}

impl PaddedShape {
    /// A shape of `height` rows, `width` pixels in a row, and `channels`.
    pub const fn new(height: usize, width: usize, channels: usize) -> Self {
        Self { height, width, channels }
    }

    /// The number of values that a pixel takes: 4 for up to 4 channels, otherwise the next
    /// multiple of 8.
    pub const fn stored_channels(&self) -> usize {
        if self.channels <= 4 { 4 } else { self.channels.next_multiple_of(8) }
    }

    /// The number of values from a pixel to the one below it.
    pub const fn row_values(&self) -> usize {
        (self.width.next_multiple_of(TILE_SIDE) + 2) * self.stored_channels()
    }

    /// The number of values of a whole buffer, with border and slack.
    pub const fn values(&self) -> usize {
        (self.height.next_multiple_of(TILE_SIDE) + 2) * self.row_values()
    }

    /// The index of the first channel of the pixel in row `y` and column `x` of the image. The
    /// channels follow each other.
    pub const fn offset(&self, y: usize, x: usize) -> usize {
        (y + 1) * self.row_values() + (x + 1) * self.stored_channels()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_has_a_border_slack_and_surplus_channels() {
        let shape = PaddedShape::new(5, 10, 3);
        assert_eq!(shape.stored_channels(), 4);
        assert_eq!(shape.row_values(), 14 * 4);
        assert_eq!(shape.values(), 10 * 14 * 4);
        assert_eq!(shape.offset(0, 0), 15 * 4);
        assert_eq!(PaddedShape::new(5, 10, 53).stored_channels(), 56);
    }
}
