//! A simulated camera: drawn cards appear on a drawn table and disappear again.

use std::time::Duration;

use common::Card;
use common::geometry::Size;
use image::RgbImage;
use image::imageops::crop_imm;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;
use renderer::deck::Style;
use renderer::scene::{SceneOptions, draw_scene};

use crate::clock::Clock;
use crate::source::{Frame, FrameSource, LONGEST_WAIT, Next, SourceError};

/// How long a card lies on the table.
const CARD_SHOWN: Duration = Duration::from_millis(2500);
/// How long the table stays empty after a card.
const TABLE_EMPTY: Duration = Duration::from_millis(1500);

/// How far the camera sways to the right and down, in pixels.
const SWAY_PIXELS: u32 = 8;

const FRAME_SIZE: Size = Size::new(640, 480);

/// Drawn scenes at a steady rate. One seed always gives the same scenes.
#[derive(Debug)]
pub(crate) struct DemoSource<C> {
    clock: C,
    frame_interval: Duration,
    rng: Pcg64,
    /// The number of frames that show a card.
    card_frames: u64,
    /// The number of frames that show a card, and then the empty table.
    cycle_frames: u64,
    /// The number of the next frame.
    number: u64,
    /// The table, larger than a frame by the sway.
    scene: RgbImage,
    next_at: Duration,
}

impl<C: Clock> DemoSource<C> {
    /// A source with that many frames per second, which must be above 0.
    pub(crate) fn new(frames_per_second: f64, seed: u64, clock: C) -> Self {
        let card_frames = frames_in(CARD_SHOWN, frames_per_second);
        let next_at = clock.now();
        Self {
            clock,
            frame_interval: Duration::from_secs_f64(1.0 / frames_per_second),
            rng: Pcg64::seed_from_u64(seed),
            card_frames,
            cycle_frames: card_frames + frames_in(TABLE_EMPTY, frames_per_second),
            number: 0,
            scene: RgbImage::default(),
            next_at,
        }
    }

    /// Draws the table again when a card appears or disappears.
    fn update_scene(&mut self) {
        let cards: Vec<Card> = match self.number % self.cycle_frames {
            0 => {
                let all: Vec<Card> = Card::all().collect();
                vec![all[self.rng.random_range(0..all.len())]]
            }
            frame if frame == self.card_frames => vec![],
            _ => return,
        };
        let options = SceneOptions {
            width: FRAME_SIZE.width + SWAY_PIXELS,
            height: FRAME_SIZE.height + SWAY_PIXELS,
            style: Some(Style::classic()),
            ..SceneOptions::close_up()
        };
        self.scene = draw_scene(&cards, &options, self.rng.random()).image;
    }

    /// Draws the next frame, without waiting for its time.
    fn draw_frame(&mut self) -> RgbImage {
        self.update_scene();
        let left = self.rng.random_range(0..=SWAY_PIXELS);
        let top = self.rng.random_range(0..=SWAY_PIXELS);
        crop_imm(&self.scene, left, top, FRAME_SIZE.width, FRAME_SIZE.height).to_image()
    }
}

/// The number of frames in a time, rounded up.
fn frames_in(time: Duration, frames_per_second: f64) -> u64 {
    (time.as_secs_f64() * frames_per_second).ceil() as u64
}

impl<C: Clock> FrameSource for DemoSource<C> {
    fn next(&mut self) -> Result<Next, SourceError> {
        let wait = self.next_at.saturating_sub(self.clock.now());
        self.clock.sleep(wait.min(LONGEST_WAIT));
        if wait > LONGEST_WAIT {
            return Ok(Next::Nothing);
        }
        let started = self.clock.now();
        self.next_at = self.next_at.max(started) + self.frame_interval;
        let image = self.draw_frame().into();
        let name = format!("demo frame {}", self.number);
        self.number += 1;
        Ok(Next::Frame(Frame { image, name, decode: self.clock.now() - started }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::FakeClock;

    fn frames(seed: u64) -> Vec<RgbImage> {
        let mut demo = DemoSource::new(1e6, seed, FakeClock::default());
        (0..3).map(|_| demo.draw_frame()).collect()
    }

    #[test]
    fn one_seed_gives_the_same_demo() {
        assert_eq!(frames(1), frames(1));
        assert_ne!(frames(1), frames(2));
    }

    #[test]
    fn a_slow_demo_does_not_block_its_caller() {
        let clock = FakeClock::default();
        let mut demo = DemoSource::new(0.1, 1, &clock);
        assert!(matches!(demo.next(), Ok(Next::Frame(_))));
        assert!(matches!(demo.next(), Ok(Next::Nothing)));
        assert_eq!(clock.now(), LONGEST_WAIT);
    }

    #[test]
    fn frames_have_the_size_of_a_webcam() {
        assert_eq!(frames(1)[0].dimensions(), (640, 480));
    }
}
