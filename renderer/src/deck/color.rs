//! The colours of cards and tables.

/// Red, green and blue, 0..255.
pub type Rgb = [u8; 3];
