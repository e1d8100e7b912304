//! How an output is divided into tiles, and the tiles into blocks that fit into the cache.

use crate::shape::PaddedShape;

/// The least number of bytes of points that a block may use: half the second-level cache of
/// common processors, a quarter of a large one.
const LEAST_BLOCK_BYTES: usize = 256 * 1024;

/// The tiles along one side: whole ones, and then perhaps one of 2 outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) tiles: usize,
    /// The number of tiles that use all points.
    pub(crate) whole: usize,
}

impl Side {
    /// Tiles of `outputs` for `length` outputs. A rest of one or two outputs does not need a tile
    /// of four.
    pub(crate) const fn new(length: usize, outputs: usize) -> Self {
        let tiles = length.div_ceil(outputs);
        let rest = length % outputs;
        let is_short = outputs == 4 && (rest == 1 || rest == 2);
        Self { tiles, whole: if is_short { tiles - 1 } else { tiles } }
    }

    /// How many of the tiles from `first` up to `end` have the point with this index.
    pub(crate) fn with_point(self, point: usize, first: usize, end: usize) -> usize {
        if point < 4 { end - first } else { end.min(self.whole).saturating_sub(first) }
    }
}

/// The division of an output into tiles and blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tiling {
    pub(crate) rows: Side,
    pub(crate) columns: Side,
    /// The number of rows of tiles in a block.
    pub(crate) block_rows: usize,
}

impl Tiling {
    /// Blocks are small enough for the cache, but not so small that the weights, of which there
    /// are `weight_bytes`, are read more often than the points.
    pub(crate) fn new(
        shape: PaddedShape,
        outputs: usize,
        bytes_per_tile: usize,
        weight_bytes: usize,
    ) -> Self {
        let rows = Side::new(shape.height, outputs);
        let columns = Side::new(shape.width, outputs);
        let block_bytes = LEAST_BLOCK_BYTES.max(weight_bytes);
        let most_rows = (block_bytes / (columns.tiles * bytes_per_tile)).clamp(1, rows.tiles);
        // All blocks have about the same size.
        let blocks = rows.tiles.div_ceil(most_rows);
        Self { rows, columns, block_rows: rows.tiles.div_ceil(blocks) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_rest_gets_a_short_tile() {
        assert_eq!(Side::new(8, 4), Side { tiles: 2, whole: 2 });
        assert_eq!(Side::new(9, 4), Side { tiles: 3, whole: 2 });
        assert_eq!(Side::new(10, 4), Side { tiles: 3, whole: 2 });
        assert_eq!(Side::new(11, 4), Side { tiles: 3, whole: 3 });
        assert_eq!(Side::new(5, 2), Side { tiles: 3, whole: 3 });
        assert_eq!(Side::new(10, 4).with_point(5, 1, 3), 1);
        assert_eq!(Side::new(10, 4).with_point(5, 2, 3), 0);
        assert_eq!(Side::new(10, 4).with_point(3, 0, 3), 3);
    }
}
