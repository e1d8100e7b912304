//! The fonts for the index in a card's corner: see `assets/fonts/README.md`.

use ab_glyph::FontRef;

/// The number of index fonts.
pub const INDEX_FONT_COUNT: usize = INDEX_FONTS.len();

macro_rules! font {
    ($name:literal) => {
        include_bytes!(concat!("../assets/fonts/", $name, ".otf")).as_slice()
    };
}

const INDEX_FONTS: [&[u8]; 24] = [
    font!("index-01"),
    font!("index-02"),
    font!("index-03"),
    font!("index-04"),
    font!("index-05"),
    font!("index-06"),
    font!("index-07"),
    font!("index-08"),
    font!("index-09"),
    font!("index-10"),
    font!("index-11"),
    font!("index-12"),
    font!("index-13"),
    font!("index-14"),
    font!("index-15"),
    font!("index-16"),
    font!("index-17"),
    font!("index-18"),
    font!("index-19"),
    font!("index-20"),
    font!("index-21"),
    font!("index-22"),
    font!("index-23"),
    font!("index-24"),
];

/// A font for the index in a card's corner. It has only the glyphs of the ranks and of
/// "JOKER". From [`INDEX_FONT_COUNT`] on, the numbers start again at the first font.
pub fn index_font(number: usize) -> FontRef<'static> {
    parse(INDEX_FONTS[number % INDEX_FONT_COUNT])
}

fn parse(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the fonts compiled in are well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ab_glyph::{Font as _, GlyphId};

    #[test]
    fn every_index_font_has_every_index() {
        for number in 0..INDEX_FONT_COUNT {
            let font = index_font(number);
            for glyph in "A23456789JQK10OER".chars() {
                assert_ne!(font.glyph_id(glyph), GlyphId(0), "{glyph:?} in font {number}");
            }
        }
    }
}
