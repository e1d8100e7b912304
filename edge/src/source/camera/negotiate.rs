//! Which of a camera's formats is requested.

use super::driver::CaptureRequest;
use super::pixels::PixelFormat;

/// One way in which a camera can deliver frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Offer {
    pub pixels: PixelFormat,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The highest rate; 0 if the camera does not report its rates.
    pub frames_per_second: f64,
}

/// The widths or heights that a camera offers: from `min` to `max` in steps, in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SizeRange {
    pub min: u32,
    pub max: u32,
    /// 0 counts as 1.
    pub step: u32,
}

impl SizeRange {
    /// The size in the range that is nearest to `wanted`, in pixels.
    pub(crate) fn nearest(&self, wanted: u32) -> u32 {
        let (step, max) = (self.step.max(1), self.max.max(self.min));
        let above = wanted.clamp(self.min, max) - self.min;
        let steps = (above + step / 2) / step;
        (self.min + steps * step).min(max)
    }
}

/// The offers from the best to the worst: first those in a format that is not avoided, then the
/// nearest size, then a sufficient frame rate, then [`PixelFormat::preference`].
pub(crate) fn ranked(
    mut offers: Vec<Offer>,
    request: &CaptureRequest,
    avoided: &[PixelFormat],
) -> Vec<Offer> {
    offers.sort_by_key(|offer| {
        let rank = offer.pixels.preference();
        let is_avoided = avoided.contains(&offer.pixels);
        (is_avoided, size_error(offer, request), rate_shortfall(offer, request), rank)
    });
    offers
}

/// How far the size is from the requested one, in pixels of width and height together.
fn size_error(offer: &Offer, request: &CaptureRequest) -> u64 {
    let width_error = u64::from(offer.width.abs_diff(request.width));
    width_error + u64::from(offer.height.abs_diff(request.height))
}

/// How much the frame rate is below the requested one, in full tenths of frames per
/// second. Only full tenths count, so that a camera with 29.97 counts as one with 30.
fn rate_shortfall(offer: &Offer, request: &CaptureRequest) -> u64 {
    if offer.frames_per_second <= 0.0 {
        return 0;
    }
    let shortfall = f64::from(request.frames_per_second) - offer.frames_per_second;
    (shortfall.max(0.0) * 10.0) as u64
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn pixels(fourcc: &[u8; 4]) -> PixelFormat {
        PixelFormat::of_fourcc(*fourcc).unwrap()
    }

    /// The best of some offers of (code, width, height, frames per second).
    fn best(offers: &[(&[u8; 4], u32, u32, f64)], size: (u32, u32)) -> Offer {
        best_without(offers, size, &[])
    }

    fn best_without(
        offers: &[(&[u8; 4], u32, u32, f64)],
        size: (u32, u32),
        avoided: &[PixelFormat],
    ) -> Offer {
        let offer = |&(fourcc, width, height, frames_per_second)| Offer {
            pixels: pixels(fourcc),
            width,
            height,
            frames_per_second,
        };
        let request = CaptureRequest {
            width: size.0,
            height: size.1,
            frames_per_second: 30,
            first_frame_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(1),
        };
        ranked(offers.iter().map(offer).collect(), &request, avoided)[0]
    }

    /// The offers of a usual USB camera.
    const WEBCAM: [(&[u8; 4], u32, u32, f64); 5] = [
        (b"MJPG", 640, 480, 30.0),
        (b"MJPG", 1280, 720, 30.0),
        (b"YUYV", 640, 480, 29.97),
        (b"YUYV", 1280, 720, 10.0),
        (b"GREY", 640, 480, 30.0),
    ];

    #[test]
    fn raw_frames_win_where_they_are_fast_enough() {
        assert_eq!(best(&WEBCAM, (640, 480)).pixels, pixels(b"YUYV"));
        assert_eq!(best(&WEBCAM, (1280, 720)).pixels, pixels(b"MJPG"));
    }

    #[test]
    fn the_nearest_size_is_chosen_if_the_requested_one_is_not_offered() {
        let offer = best(&WEBCAM, (800, 600));
        assert_eq!((offer.width, offer.height), (640, 480));
    }

    #[test]
    fn a_format_that_could_not_be_used_comes_last() {
        let [yuyv, mjpg, grey] = [b"YUYV", b"MJPG", b"GREY"].map(pixels);
        assert_eq!(best_without(&WEBCAM, (640, 480), &[yuyv]).pixels, mjpg);
        assert_eq!(best_without(&WEBCAM, (640, 480), &[yuyv, mjpg]).pixels, grey);
        assert_eq!(best_without(&WEBCAM, (640, 480), &[yuyv, mjpg, grey]).pixels, yuyv);
    }

    #[test]
    fn grey_is_chosen_if_the_camera_has_no_color() {
        let offers: [(&[u8; 4], _, _, _); 1] = [(b"GREY", 640, 480, 30.0)];
        assert_eq!(best(&offers, (640, 480)).pixels, pixels(b"GREY"));
    }

    #[test]
    fn a_camera_that_does_not_report_its_rate_does_not_count_as_slow() {
        let offers: [(&[u8; 4], _, _, _); 2] =
            [(b"MJPG", 640, 480, 30.0), (b"NV12", 640, 480, 0.0)];
        assert_eq!(best(&offers, (640, 480)).pixels, pixels(b"NV12"));
    }

    #[test]
    fn a_size_between_steps_is_rounded_to_a_step() {
        let widths = SizeRange { min: 32, max: 1920, step: 16 };
        for (wanted, nearest) in [(640, 640), (647, 640), (649, 656), (1, 32), (9999, 1920)] {
            assert_eq!(widths.nearest(wanted), nearest);
        }
        assert_eq!(SizeRange { min: 640, max: 640, step: 0 }.nearest(1), 640);
    }
}
