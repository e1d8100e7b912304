//! Screens that are mounted at an angle.

use common::geometry::Size;
use image::{RgbImage, imageops};

use crate::output::screen::{Display, ScreenError};

/// By how much images are turned clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Rotation {
    #[default]
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Rotation {
    const ALL: [Self; 4] = [Self::None, Self::Quarter, Self::Half, Self::ThreeQuarters];

    /// The rotation by a number of degrees, if it is 0, 90, 180 or 270.
    pub(crate) fn from_degrees(degrees: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|rotation| rotation.degrees() == degrees)
    }

    /// 0, 90, 180 or 270.
    pub(crate) fn degrees(self) -> u32 {
        self as u32 * 90
    }
}

/// A display whose images are turned clockwise.
#[derive(Debug)]
pub(crate) struct RotatedDisplay<D> {
    display: D,
    rotation: Rotation,
}

impl<D: Display> RotatedDisplay<D> {
    /// Turns what is shown on a display.
    pub(crate) fn new(display: D, rotation: Rotation) -> Self {
        Self { display, rotation }
    }
}

impl<D: Display> Display for RotatedDisplay<D> {
    fn size(&self) -> Size {
        let Size { width, height } = self.display.size();
        match self.rotation {
            Rotation::None | Rotation::Half => Size { width, height },
            Rotation::Quarter | Rotation::ThreeQuarters => Size::new(height, width),
        }
    }

    fn put(&mut self, image: &RgbImage) -> Result<(), ScreenError> {
        match self.rotation {
            Rotation::None => self.display.put(image),
            Rotation::Quarter => self.display.put(&imageops::rotate90(image)),
            Rotation::Half => self.display.put(&imageops::rotate180(image)),
            Rotation::ThreeQuarters => self.display.put(&imageops::rotate270(image)),
        }
    }
}

#[cfg(test)]
mod tests {
    use image::Rgb;

    use super::*;
    use crate::output::screen::fake::FakeDisplay;

    /// Shows an image with a white pixel in its top left corner. Returns where the display has it.
    fn corner(rotation: Rotation) -> (u32, u32) {
        let display = FakeDisplay::default();
        let mut rotated = RotatedDisplay::new(display.clone(), rotation);
        let size = rotated.size();
        let mut image = RgbImage::new(size.width, size.height);
        image.put_pixel(0, 0, Rgb([255; 3]));
        rotated.put(&image).unwrap();
        let shown = display.images().pop().unwrap();
        assert_eq!(shown.dimensions(), (64, 48), "the size of the display");
        let (x, y, _) = shown.enumerate_pixels().find(|(_, _, pixel)| pixel.0[0] > 0).unwrap();
        (x, y)
    }

    #[test]
    fn images_are_turned_clockwise() {
        assert_eq!(corner(Rotation::None), (0, 0));
        assert_eq!(corner(Rotation::Quarter), (63, 0));
        assert_eq!(corner(Rotation::Half), (63, 47));
        assert_eq!(corner(Rotation::ThreeQuarters), (0, 47));
    }

    #[test]
    fn a_rotation_is_a_multiple_of_a_quarter() {
        for degrees in [0, 90, 180, 270] {
            assert_eq!(Rotation::from_degrees(degrees).unwrap().degrees(), degrees);
        }
        assert_eq!(Rotation::from_degrees(45), None);
    }
}
