//! The font for text on images: see `renderer/assets/fonts/README.md` for its licence.

use ab_glyph::FontRef;

/// A plain font for text on images: printable ASCII and "…×·%°–".
pub fn label_font() -> FontRef<'static> {
    FontRef::try_from_slice(include_bytes!("../../assets/fonts/label.otf"))
        .expect("the font compiled in is well-formed")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ab_glyph::{Font as _, GlyphId};

    #[test]
    fn the_label_font_has_what_labels_are_made_of() {
        let font = label_font();
        assert!((' '..='~').chain("…×·%°–".chars()).all(|c| font.glyph_id(c) != GlyphId(0)));
    }
}
