//! The font for text on images. `renderer/assets/fonts/README.md` names its licence.

use ab_glyph::FontRef;

/// Returns a plain font. It has glyphs for printable ASCII and "…×·%°–".
pub(crate) fn label_font() -> FontRef<'static> {
    FontRef::try_from_slice(include_bytes!("../../assets/fonts/label.otf"))
        .expect("the font that is compiled in is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ab_glyph::{Font as _, GlyphId};

    #[test]
    fn the_label_font_has_every_character_of_labels() {
        let font = label_font();
        assert!((' '..='~').chain("…×·%°–".chars()).all(|c| font.glyph_id(c) != GlyphId(0)));
    }
}
