//! A camera that is not there: drawn cards come and go on drawn tables.

use std::thread;
use std::time::{Duration, Instant};

use common::Card;
use image::RgbImage;
use image::imageops::crop_imm;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

use crate::source::{Frame, FrameSource, LONGEST_WAIT, Next, SourceError};

/// How long a card lies on the table, and how long the table is empty after it.
const CARD_SHOWN: Duration = Duration::from_millis(2500);
const TABLE_EMPTY: Duration = Duration::from_millis(1500);

/// How far the camera sways, in pixels.
const SWAY_PIXELS: u32 = 8;

/// Size of a frame in pixels.
const FRAME: [u32; 2] = [640, 480];

/// Drawn scenes at a steady rate, the same for the same seed.
#[derive(Debug)]
pub struct Demo {
    frame_time: Duration,
    rng: Pcg64,
    frames_per_card: u64,
    frames_per_show: u64,
    number: u64,
    /// The table, larger than a frame by the sway.
    scene: RgbImage,
    next_at: Instant,
}

impl Demo {
    /// A demo at that many frames a second, above 0.
    pub fn new(frames_per_second: f64, seed: u64) -> Self {
        let frame_time = Duration::from_secs_f64(1.0 / frames_per_second);
        let frames = |shown: Duration| (shown.as_secs_f64() * frames_per_second).ceil() as u64;
        Self {
            frame_time,
            rng: Pcg64::seed_from_u64(seed),
            frames_per_card: frames(CARD_SHOWN),
            frames_per_show: frames(CARD_SHOWN) + frames(TABLE_EMPTY),
            number: 0,
            scene: RgbImage::default(),
            next_at: Instant::now(),
        }
    }

    /// Draws the table anew when a card comes or goes.
    fn set_scene(&mut self) {
        let cards: Vec<Card> = match self.number % self.frames_per_show {
            0 => {
                let all: Vec<Card> = Card::all().collect();
                vec![all[self.rng.random_range(0..all.len())]]
            }
            frame if frame == self.frames_per_card => vec![],
            _ => return,
        };
        let options = SceneOptions {
            width: FRAME[0] + SWAY_PIXELS,
            height: FRAME[1] + SWAY_PIXELS,
            style: Some(Style::classic()),
            ..SceneOptions::close_up()
        };
        self.scene = draw_scene(&cards, &options, self.rng.random()).image;
    }

    fn frame(&mut self) -> RgbImage {
        self.set_scene();
        let [left, top] = [(); 2].map(|()| self.rng.random_range(0..=SWAY_PIXELS));
        crop_imm(&self.scene, left, top, FRAME[0], FRAME[1]).to_image()
    }
}

impl FrameSource for Demo {
    fn next(&mut self) -> Result<Next, SourceError> {
        let wait = self.next_at.saturating_duration_since(Instant::now());
        thread::sleep(wait.min(LONGEST_WAIT));
        if wait > LONGEST_WAIT {
            return Ok(Next::Nothing);
        }
        self.next_at = self.next_at.max(Instant::now()) + self.frame_time;
        let started = Instant::now();
        let image = self.frame();
        let name = format!("demo frame {}", self.number);
        self.number += 1;
        Ok(Next::Frame(Frame { image, name, decode: started.elapsed() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(seed: u64) -> Vec<RgbImage> {
        let mut demo = Demo::new(1e6, seed);
        (0..3).map(|_| demo.frame()).collect()
    }

    #[test]
    fn one_seed_gives_the_same_demo() {
        assert_eq!(frames(1), frames(1));
        assert_ne!(frames(1), frames(2));
    }

    #[test]
    fn a_slow_demo_does_not_hold_its_caller_up() {
        let mut demo = Demo::new(0.1, 1);
        assert!(matches!(demo.next(), Ok(Next::Frame(_))));
        assert!(matches!(demo.next(), Ok(Next::Nothing)));
    }

    #[test]
    fn frames_are_of_a_webcams_size() {
        assert_eq!(frames(1)[0].dimensions(), (640, 480));
    }
}
