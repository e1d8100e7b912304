//! How a card looks, and whether it looks the same after it has moved.
//!
//! The classifier's inputs of two frames are compared in brightness, at half their size. A card
//! is never rectified twice in exactly the same way, so a pixel matches if its level lies
//! between the darkest and the brightest of the pixels around it in the other image, and the rim
//! is left out, where the table may be visible. What lies outside counts, added up block by
//! block: noise is spread over all blocks, but another pip or another index is in a few of them.

use image::RgbImage;

/// Width and height of a block in pixels of the halved image: an eighth of its side.
const BLOCKS: usize = 8;

/// A level may lie outside by this much.
const TOLERANCE: u8 = 10;

/// The width of the rim that is left out, as a part of the side: one in this number.
const RIM: usize = 20;

/// Two looks differ if the levels outside add up to more than this in a block. Measured on drawn
/// decks of 70 to 200 pixels: 90 of 100 looks of one card whose corners are wrong by up to 1.2 %
/// of its diagonal differ by less, and 99 of 100 pairs of different cards differ by more. The
/// others are mostly clubs and spades of one rank; they are distinguished when they are read in
/// their turn.
const LIMIT: u32 = 800;

/// The brightness of a rectified card.
#[derive(Clone, Debug)]
pub(crate) struct Look {
    side: usize,
    levels: Vec<u8>,
    /// The darkest and the brightest level of each pixel and of those around it.
    darkest: Vec<u8>,
    brightest: Vec<u8>,
}

impl Look {
    /// Takes the look of a square image.
    pub(crate) fn of(input: &RgbImage) -> Self {
        let side = input.width().min(input.height()) as usize / 2;
        let mut levels = halved(input.as_raw(), input.width() as usize, side);
        blank_rim(&mut levels, side);
        let darkest = around(&levels, side, u8::min);
        let brightest = around(&levels, side, u8::max);
        Self { side, levels, darkest, brightest }
    }

    /// Returns by how much both differ, if they may be the same card.
    pub(crate) fn same_card_difference(&self, other: &Self) -> Option<u32> {
        let difference = (self.side == other.side).then(|| self.difference(other));
        difference.filter(|difference| *difference <= LIMIT)
    }

    /// Returns the largest difference of a block. Both have the same side.
    fn difference(&self, other: &Self) -> u32 {
        self.outside(other).max(other.outside(self))
    }

    /// Returns by how much the levels of another look lie outside of this one, in the block
    /// where this is most.
    fn outside(&self, other: &Self) -> u32 {
        let block = self.side.div_ceil(BLOCKS).max(1);
        let mut sums = [0_u32; BLOCKS];
        let mut most = 0;
        for y in 0..self.side {
            let row = y * self.side..(y + 1) * self.side;
            let levels = other.levels[row.clone()].chunks(block);
            let darkest = self.darkest[row.clone()].chunks(block);
            let brightest = self.brightest[row].chunks(block);
            for (sum, ((levels, darkest), brightest)) in
                sums.iter_mut().zip(levels.zip(darkest).zip(brightest))
            {
                *sum += outside(levels, darkest, brightest);
            }
            if (y + 1) % block == 0 || y + 1 == self.side {
                most = sums.iter().copied().fold(most, u32::max);
                sums.fill(0);
            }
        }
        most
    }
}

fn outside(levels: &[u8], darkest: &[u8], brightest: &[u8]) -> u32 {
    let mut sum = 0;
    for ((&level, &darkest), &brightest) in levels.iter().zip(darkest).zip(brightest) {
        let above = level.saturating_sub(brightest).saturating_sub(TOLERANCE);
        let below = darkest.saturating_sub(level).saturating_sub(TOLERANCE);
        sum += u32::from(above) + u32::from(below);
    }
    sum
}

/// Returns the brightness of an RGB image, each pixel the mean of four.
fn halved(rgb: &[u8], width: usize, side: usize) -> Vec<u8> {
    let mut levels = Vec::with_capacity(side * side);
    for rows in rgb.chunks_exact(2 * 3 * width).take(side) {
        let (above, below) = rows.split_at(3 * width);
        let pairs = above.chunks_exact(6).zip(below.chunks_exact(6)).take(side);
        levels.extend(pairs.map(|(above, below)| brightness(above, below)));
    }
    levels
}

/// Gives the rim one level, so that nothing differs there.
fn blank_rim(levels: &mut [u8], side: usize) {
    let rim = side / RIM;
    let is_inside = |at: usize| (rim..side - rim).contains(&at);
    for (at, level) in levels.iter_mut().enumerate() {
        if !is_inside(at / side) || !is_inside(at % side) {
            *level = 128;
        }
    }
}

/// Returns the mean brightness of two pixels above and two below. The weights are about those of
/// BT.601.
fn brightness(above: &[u8], below: &[u8]) -> u8 {
    let channel = |c: usize| {
        u32::from(above[c])
            + u32::from(above[c + 3])
            + u32::from(below[c])
            + u32::from(below[c + 3])
    };
    ((5 * channel(0) + 9 * channel(1) + 2 * channel(2) + 32) / 64) as u8
}

/// Returns for each pixel the darkest or the brightest level of the nine pixels around it.
fn around(levels: &[u8], side: usize, choose: fn(u8, u8) -> u8) -> Vec<u8> {
    let mut across = levels.to_vec();
    for (to, from) in across.chunks_exact_mut(side.max(1)).zip(levels.chunks_exact(side.max(1))) {
        for x in 1..side {
            to[x] = choose(to[x], from[x - 1]);
            to[x - 1] = choose(to[x - 1], from[x]);
        }
    }
    let mut around = across.clone();
    for y in 1..side {
        for x in 0..side {
            let (above, here) = ((y - 1) * side + x, y * side + x);
            around[here] = choose(around[here], across[above]);
            around[above] = choose(around[above], across[here]);
        }
    }
    around
}

#[cfg(test)]
mod tests;
