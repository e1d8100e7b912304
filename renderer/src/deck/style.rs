//! What one deck looks like.

use rand::{Rng, RngExt};

use crate::deck::color::Rgb;
use crate::font::INDEX_FONT_COUNT;
use common::Suit;

/// Everything in which two decks can differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Style {
    /// Paper colour at the top left and at the bottom right.
    pub paper: [Rgb; 2],
    pub corner_radius_mm: f32,
    pub border: Option<Border>,
    /// Ink of clubs, diamonds, hearts and spades.
    pub inks: [Rgb; 4],
    pub index: IndexStyle,
    pub centre: Centre,
    pub pip_size_mm: f32,
    /// Half the width and half the height of the field of pips.
    pub pip_field_mm: [f32; 2],
    /// Width of the suit symbols over their usual width.
    pub suit_stretch: f32,
    /// Colours of court cards, jokers and novelty centres.
    pub palette: [Rgb; 4],
    /// Whether court cards and jokers are drawn in a frame.
    pub court_frame: bool,
    /// Makes the court figures and jokers of two decks differ.
    pub figure_seed: u64,
}

/// A line along a card's edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Border {
    pub inset_mm: f32,
    pub width_mm: f32,
    pub color: Rgb,
}

/// How rank and suit are printed in the corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct IndexStyle {
    /// The number of the font, see [`index_font`](crate::font::index_font).
    pub font: usize,
    pub height_mm: f32,
    /// The largest width of an index. A wider one, such as "10", is narrowed.
    pub max_width_mm: f32,
    /// Size of the small suit symbol over the height of the rank.
    pub suit_scale: f32,
    /// Where the small suit symbol is.
    pub suit_place: SuitPlace,
    /// Distance of the index from the card's left and top edge.
    pub margin_mm: [f32; 2],
    pub corners: IndexCorners,
    /// The colour of the ranks where it is not the suit's.
    pub rank_ink: Option<Rgb>,
    /// The slant of the ranks: the shift of their top over their height.
    pub slant: f32,
    /// Width of a line around the ranks in their own ink, over their height.
    pub bold: f32,
    /// Width of a rim of paper around rank and symbol, over the height of each. It keeps an
    /// index legible over an image.
    pub halo: f32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SuitPlace {
    Below,
    Beside,
}

/// Which corners have an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IndexCorners {
    /// Top left, and bottom right upside down.
    Two,
    /// All four, the lower ones upside down.
    Four,
    /// Top left only.
    One,
}

/// What the middle of a card shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Centre {
    /// As many pips as the rank says, or the figure of a court card or joker.
    Pips,
    /// One pip, whatever the rank.
    OnePip,
    /// A picture of which the card can't be guessed: only the index shows it.
    Novelty { seed: u64 },
}

const BLACK: Rgb = [20, 20, 24];
const RED: Rgb = [200, 24, 32];

impl Style {
    /// The standard deck.
    pub fn classic() -> Self {
        Self {
            paper: [[252, 252, 250]; 2],
            corner_radius_mm: 3.2,
            border: None,
            inks: [BLACK, RED, RED, BLACK],
            index: IndexStyle {
                font: 0,
                height_mm: 9.0,
                max_width_mm: 7.5,
                suit_scale: 0.72,
                suit_place: SuitPlace::Below,
                margin_mm: [2.0, 3.0],
                corners: IndexCorners::Two,
                rank_ink: None,
                slant: 0.0,
                bold: 0.0,
                halo: 0.0,
            },
            centre: Centre::Pips,
            pip_size_mm: 12.5,
            pip_field_mm: [12.5, 29.0],
            suit_stretch: 1.0,
            palette: [[214, 40, 40], [240, 190, 40], [40, 70, 160], [30, 30, 30]],
            court_frame: true,
            figure_seed: 0,
        }
    }

    /// A random deck. Most are light with red and black; some are dark, tinted or four-coloured,
    /// or have centres that say nothing about the card.
    pub fn random(rng: &mut impl Rng) -> Self {
        let dark = rng.random_bool(0.12);
        let paper = paper(dark, rng);
        let centre = match rng.random_range(0..10) {
            0..5 => Centre::Pips,
            5 => Centre::OnePip,
            _ => Centre::Novelty { seed: rng.random() },
        };
        let inks = inks(dark, rng);
        let index = index(dark, rng);
        let wide = rng.random_range(9.0..14.0);
        Self {
            paper,
            corner_radius_mm: rng.random_range(0.5..5.0),
            border: rng.random_bool(0.25).then(|| Border {
                inset_mm: rng.random_range(0.6..3.0),
                width_mm: rng.random_range(0.3..1.2),
                color: rng.random(),
            }),
            inks,
            index,
            centre,
            pip_size_mm: rng.random_range(7.0..14.0),
            pip_field_mm: [wide, rng.random_range(18.0..31.0)],
            suit_stretch: rng.random_range(0.8..1.2),
            palette: [rng.random(), rng.random(), rng.random(), rng.random()],
            court_frame: rng.random_bool(0.7),
            figure_seed: rng.random(),
        }
    }

    /// The colour of a suit.
    pub fn ink(&self, suit: Suit) -> Rgb {
        self.inks[suit as usize]
    }
}

fn paper(dark: bool, rng: &mut impl Rng) -> [Rgb; 2] {
    let first: Rgb = match rng.random_range(0..10) {
        _ if dark => [(); 3].map(|()| rng.random_range(5..60)),
        // Parchment.
        0 => [rng.random_range(190..240), rng.random_range(165..210), rng.random_range(110..165)],
        1 => [(); 3].map(|()| rng.random_range(170..255)),
        _ => {
            let grey = rng.random_range(215..=255);
            [grey, grey, grey - rng.random_range(0..12)]
        }
    };
    let second = first.map(|level| level.saturating_sub(rng.random_range(0..25)));
    [first, second]
}

fn inks(dark: bool, rng: &mut impl Rng) -> [Rgb; 4] {
    if dark {
        // Inks are bright on dark paper: gold, silver, or red and white.
        let shine = [(); 3].map(|()| rng.random_range(150..=255));
        let red = [rng.random_range(180..=255), rng.random_range(20..90), rng.random_range(20..90)];
        return if rng.random_bool(0.5) { [shine; 4] } else { [shine, red, red, shine] };
    }
    let black = [(); 3].map(|()| rng.random_range(0..60));
    let red = [rng.random_range(150..=245), rng.random_range(0..70), rng.random_range(0..70)];
    match rng.random_range(0..20) {
        // Four colours: green clubs, blue diamonds.
        0 => [[20, 130, 50], [30, 70, 190], red, black],
        // One ink for all.
        1 => [black; 4],
        _ => [black, red, red, black],
    }
}

fn index(dark: bool, rng: &mut impl Rng) -> IndexStyle {
    // Most decks have a small index; a jumbo index reaches a third of the card's width.
    let jumbo = rng.random_bool(0.15);
    let height_mm = if jumbo { rng.random_range(13.0..22.0) } else { rng.random_range(5.5..11.5) };
    IndexStyle {
        font: rng.random_range(0..INDEX_FONT_COUNT),
        height_mm,
        max_width_mm: height_mm * rng.random_range(0.65..1.0),
        suit_scale: rng.random_range(0.5..1.05),
        suit_place: if rng.random_bool(0.06) { SuitPlace::Beside } else { SuitPlace::Below },
        margin_mm: [rng.random_range(1.2..4.0), rng.random_range(1.5..5.0)],
        corners: match rng.random_range(0..20) {
            0..3 => IndexCorners::Four,
            3 => IndexCorners::One,
            _ => IndexCorners::Two,
        },
        rank_ink: rng.random_bool(0.06).then_some(if dark { [235, 235, 235] } else { BLACK }),
        slant: if rng.random_bool(0.2) { rng.random_range(-0.15..0.3) } else { 0.0 },
        bold: if rng.random_bool(0.3) { rng.random_range(0.0..0.12) } else { 0.0 },
        halo: 0.0,
    }
}
