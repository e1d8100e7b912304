//! Rounding for numbers that people read: further digits would be noise.

/// Rounds to one decimal place.
pub(crate) fn to_tenths(value: f32) -> f32 {
    (value * 10.0).round() / 10.0
}

/// Rounds to two decimal places.
pub(crate) fn to_hundredths(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Rounds to three decimal places.
pub(crate) fn to_thousandths(value: f32) -> f32 {
    (value * 1000.0).round() / 1000.0
}
