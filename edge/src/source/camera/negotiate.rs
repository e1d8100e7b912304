//! Which of a camera's formats is asked for.

use super::driver::CaptureRequest;
use super::pixels::PixelFormat;

/// A way in which a camera can give frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offer {
    pub pixels: PixelFormat,
    /// In pixels.
    pub width: u32,
    pub height: u32,
    /// 0 where the camera does not tell.
    pub frames_per_second: f64,
}

/// Widths or heights from a camera: single ones, or all of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steps {
    pub min: u32,
    pub max: u32,
    /// 0 counts as 1.
    pub step: u32,
}

impl Steps {
    /// The step that is nearest to a value.
    pub fn nearest(&self, wanted: u32) -> u32 {
        let (step, max) = (self.step.max(1), self.max.max(self.min));
        let above = wanted.clamp(self.min, max) - self.min;
        let steps = (above + step / 2) / step;
        (self.min + steps * step).min(max)
    }
}

/// The offers from the best to the worst: nearest in size, then fast enough, then
/// by [`PixelFormat::PREFERRED`].
pub fn ranked(mut offers: Vec<Offer>, wanted: &CaptureRequest) -> Vec<Offer> {
    let size_error = |offer: &Offer| {
        offer.width.abs_diff(wanted.width) as u64 + offer.height.abs_diff(wanted.height) as u64
    };
    // Tenths of frames a second: 29.97 is 30.
    let shortfall = |offer: &Offer| match offer.frames_per_second {
        unknown if unknown <= 0.0 => 0,
        rate => ((f64::from(wanted.frames_per_second) - rate).max(0.0) * 10.0) as u64,
    };
    let preference =
        |offer: &Offer| PixelFormat::PREFERRED.iter().position(|format| *format == offer.pixels);
    offers.sort_by_key(|offer| (size_error(offer), shortfall(offer), preference(offer)));
    offers
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn best(offers: &[(PixelFormat, u32, u32, f64)], size: (u32, u32)) -> Offer {
        let offer = |&(pixels, width, height, frames_per_second)| Offer {
            pixels,
            width,
            height,
            frames_per_second,
        };
        let wanted = CaptureRequest {
            width: size.0,
            height: size.1,
            frames_per_second: 30,
            timeout: Duration::from_secs(1),
        };
        ranked(offers.iter().map(offer).collect(), &wanted)[0]
    }

    /// What a usual USB camera offers.
    const WEBCAM: [(PixelFormat, u32, u32, f64); 5] = [
        (PixelFormat::Mjpeg, 640, 480, 30.0),
        (PixelFormat::Mjpeg, 1280, 720, 30.0),
        (PixelFormat::Yuyv, 640, 480, 29.97),
        (PixelFormat::Yuyv, 1280, 720, 10.0),
        (PixelFormat::Grey, 640, 480, 30.0),
    ];

    #[test]
    fn raw_frames_win_where_they_are_fast_enough() {
        assert_eq!(best(&WEBCAM, (640, 480)).pixels, PixelFormat::Yuyv);
        assert_eq!(best(&WEBCAM, (1280, 720)).pixels, PixelFormat::Mjpeg);
    }

    #[test]
    fn the_nearest_size_is_taken_where_the_wanted_one_is_not_there() {
        let offer = best(&WEBCAM, (800, 600));
        assert_eq!((offer.width, offer.height), (640, 480));
    }

    #[test]
    fn grey_is_taken_where_there_is_no_colour() {
        let offers = [(PixelFormat::Grey, 640, 480, 30.0)];
        assert_eq!(best(&offers, (640, 480)).pixels, PixelFormat::Grey);
    }

    #[test]
    fn a_camera_that_does_not_tell_its_rate_is_not_called_slow() {
        let offers = [(PixelFormat::Mjpeg, 640, 480, 30.0), (PixelFormat::Nv12, 640, 480, 0.0)];
        assert_eq!(best(&offers, (640, 480)).pixels, PixelFormat::Nv12);
    }

    #[test]
    fn a_size_between_steps_is_rounded_to_one() {
        let widths = Steps { min: 32, max: 1920, step: 16 };
        for (wanted, nearest) in [(640, 640), (647, 640), (649, 656), (1, 32), (9999, 1920)] {
            assert_eq!(widths.nearest(wanted), nearest);
        }
        assert_eq!(Steps { min: 640, max: 640, step: 0 }.nearest(1), 640);
    }
}
