//! The random quantities of a training scene. Each value is drawn uniformly from its range; each
//! chance is a probability, 0..1.
//!
//! Scenes are composed at [`OVERSAMPLING`] times the size at which a network sees them. Lengths
//! in pixels are in that larger image unless the name says otherwise.

use std::ops::Range;

use rand::RngExt;
use rand_pcg::Pcg64;

/// Scenes are composed this much larger than a network sees them, so that edges are smooth.
pub const OVERSAMPLING: u32 = 2;

/// All random quantities of a scene.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SceneRanges {
    pub background: BackgroundRanges,
    pub layout: LayoutRanges,
    pub card: CardRanges,
    pub distractors: DistractorRanges,
    pub camera: CameraRanges,
}

impl SceneRanges {
    /// Scenes of cards in play: dense rows, fans and piles, of which often only the corners are
    /// visible, and card backs and hands between them.
    pub fn played() -> Self {
        Self {
            layout: LayoutRanges {
                count_weights: [1, 2, 4, 5],
                many_cards: 4..12,
                row_step: 0.12..1.2,
                fan_radius: 0.5..1.4,
                largest_tilt_degrees: 68.0,
                ..LayoutRanges::default()
            },
            distractors: DistractorRanges {
                chance_below: 0.7,
                chance_above: 0.5,
                ..DistractorRanges::default()
            },
            ..Self::default()
        }
    }
}

/// What lies under the cards.
#[derive(Clone, Debug, PartialEq)]
pub struct BackgroundRanges {
    /// Chance of a photograph, where there are photographs; otherwise a texture is used.
    pub photo_chance: f64,
    /// Chance of turning a photograph by 90° if it then has the frame's orientation.
    pub fitting_turn_chance: f64,
    /// Chance of turning a photograph by 90° if it already has the frame's orientation.
    pub unfitting_turn_chance: f64,
    /// Chance that a photograph is used almost completely; otherwise it is used in part.
    pub complete_photo_chance: f64,
    /// Magnification of a photograph that is used almost completely. At 1, as much of it is used
    /// as fills the frame.
    pub complete_photo_zoom: Range<f32>,
    /// Magnification of a photograph that is used in part.
    pub partial_photo_zoom: Range<f32>,
    /// Chance of turning a texture by 90°.
    pub texture_turn_chance: f64,
    /// Magnification of a texture.
    pub texture_zoom: Range<f32>,
    /// Chance that the colours of a texture are changed.
    pub texture_tint_chance: f64,
    /// The factor for each colour channel then.
    pub texture_tint: Range<f32>,
    /// Chance of mirroring the background, for each axis.
    pub mirror_chance: f64,
}

/// How many cards there are and where they lie.
#[derive(Clone, Debug, PartialEq)]
pub struct LayoutRanges {
    /// Chance of one card that fills the frame, as in the images of data sets.
    pub full_frame_chance: f64,
    /// How far each edge of such a card is from the frame's edge, as a share of the frame's side.
    pub full_frame_offset: Range<f32>,
    /// Relative frequencies of frames without a card, with one card, with a few and with many.
    pub count_weights: [u32; 4],
    /// The number of cards in a frame with a few.
    pub few_cards: Range<usize>,
    /// The number of cards in a frame with many.
    pub many_cards: Range<usize>,
    /// The smallest height of a card, as a share of the frame's longer side.
    pub smallest_height: f32,
    /// The largest height where there are fewer cards than `crowd`, as a share of that side.
    pub largest_height: f32,
    /// The largest height where there are at least as many cards as `crowd`, as a share of that
    /// side.
    pub largest_height_in_crowd: f32,
    /// From this number of cards on the heights of a crowd hold.
    pub crowd: usize,
    /// The largest tilt of the table; small tilts are more frequent.
    pub largest_tilt_degrees: f32,
    /// The direction in which the table recedes.
    pub tilt_direction_degrees: Range<f32>,
    /// In one of this many frames the cards are nearly parallel to the frame's sides.
    pub one_parallel_in: u32,
    /// How far nearly parallel cards are turned.
    pub parallel_turn_degrees: Range<f32>,
    /// How far other cards are turned.
    pub free_turn_degrees: Range<f32>,
    /// The middle of the cards, as shares of the frame's width and height.
    pub centre: Range<f32>,
    /// The height of each card over the height of all.
    pub own_height: Range<f32>,
    /// Distance between the cards of a row, in card widths.
    pub row_step: Range<f32>,
    /// How far each card of a row lies aside from the card before it, in card heights.
    pub row_step_aside: Range<f32>,
    /// How far each card of a row is turned in addition.
    pub row_turn_degrees: Range<f32>,
    /// The angle between two cards of a fan.
    pub fan_spread_degrees: Range<f32>,
    /// Distance of a fan's cards from the point around which they are turned, in card heights.
    pub fan_radius: Range<f32>,
    /// Distance of a pile's cards from the pile's middle, in card heights along each axis.
    pub pile_offset: Range<f32>,
    /// How far each card of a pile is turned in addition.
    pub pile_turn_degrees: Range<f32>,
}

/// How each card is lit.
#[derive(Clone, Debug, PartialEq)]
pub struct CardRanges {
    /// Brightness of the card, a factor.
    pub light: Range<f32>,
    /// Change of each colour channel, a factor.
    pub tint: Range<f32>,
    /// Chance of a shadow beside the card.
    pub shadow_chance: f64,
    /// Offset of the shadow in each direction.
    pub shadow_offset_pixels: Range<f32>,
    /// Opacity of the shadow, 0..1.
    pub shadow_opacity: Range<f32>,
    /// Chance that a light source is reflected somewhere in the frame.
    pub glare_chance: f64,
    /// Height of the reflection.
    pub glare_height_pixels: Range<f32>,
    /// Opacity of the reflection, 0..1.
    pub glare_opacity: f32,
}

/// Objects that are not cards.
#[derive(Clone, Debug, PartialEq)]
pub struct DistractorRanges {
    /// Chance of distractors below the cards.
    pub chance_below: f64,
    /// The largest number of distractors below the cards.
    pub most_below: usize,
    /// Chance of distractors above the cards.
    pub chance_above: f64,
    /// The largest number of distractors above the cards.
    pub most_above: usize,
    /// Height of a distractor, as a share of the frame's height.
    pub height: Range<f32>,
    /// Brightness of a distractor, a factor.
    pub light: Range<f32>,
}

/// What light and the camera do to the frame at the size at which a network sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraRanges {
    /// Chance of a blur.
    pub blur_chance: f64,
    /// Standard deviation of the blur, in pixels.
    pub blur_pixels: Range<f32>,
    /// Exponent of the brightness curve.
    pub gamma: Range<f32>,
    /// Exposure, a factor.
    pub light: Range<f32>,
    /// Colour temperature: a factor for each colour channel.
    pub tint: Range<f32>,
    /// Change of brightness across the frame and down the frame, as a share.
    pub slope: Range<f32>,
    /// Chance of visible noise.
    pub noise_chance: f64,
    /// Amplitude of visible noise, in levels of 255.
    pub noise_levels: Range<f32>,
    /// Amplitude of the noise in other frames, in levels of 255.
    pub least_noise_levels: f32,
}

impl Default for BackgroundRanges {
    fn default() -> Self {
        Self {
            photo_chance: 0.5,
            fitting_turn_chance: 0.85,
            unfitting_turn_chance: 0.1,
            complete_photo_chance: 0.6,
            complete_photo_zoom: 1.0..1.25,
            partial_photo_zoom: 0.9..2.2,
            texture_turn_chance: 0.3,
            texture_zoom: 0.5..3.0,
            texture_tint_chance: 0.5,
            texture_tint: 0.5..1.3,
            mirror_chance: 0.5,
        }
    }
}

impl Default for LayoutRanges {
    fn default() -> Self {
        Self {
            full_frame_chance: 0.06,
            full_frame_offset: -0.06..0.06,
            count_weights: [1, 3, 3, 3],
            few_cards: 2..5,
            many_cards: 4..10,
            smallest_height: 0.09,
            largest_height: 0.65,
            largest_height_in_crowd: 0.4,
            crowd: 3,
            largest_tilt_degrees: 60.0,
            tilt_direction_degrees: 0.0..360.0,
            one_parallel_in: 3,
            parallel_turn_degrees: -12.0..12.0,
            free_turn_degrees: 0.0..360.0,
            centre: 0.15..0.85,
            own_height: 0.96..1.04,
            row_step: 0.15..1.3,
            row_step_aside: -0.1..0.1,
            row_turn_degrees: -4.0..4.0,
            fan_spread_degrees: 3.0..22.0,
            fan_radius: 0.75..0.85,
            pile_offset: -0.7..0.7,
            pile_turn_degrees: -60.0..60.0,
        }
    }
}

impl Default for CardRanges {
    fn default() -> Self {
        Self {
            light: 0.6..1.1,
            tint: 0.92..1.04,
            shadow_chance: 0.6,
            shadow_offset_pixels: -4.0..4.0,
            shadow_opacity: 0.1..0.5,
            glare_chance: 0.08,
            glare_height_pixels: 30.0..160.0,
            glare_opacity: 0.9,
        }
    }
}

impl Default for DistractorRanges {
    fn default() -> Self {
        Self {
            chance_below: 0.5,
            most_below: 4,
            chance_above: 0.35,
            most_above: 2,
            height: 0.12..0.8,
            light: 0.6..1.1,
        }
    }
}

impl Default for CameraRanges {
    fn default() -> Self {
        Self {
            blur_chance: 0.4,
            blur_pixels: 0.3..1.3,
            gamma: 0.7..1.5,
            light: 0.55..1.2,
            tint: 0.85..1.12,
            slope: -0.35..0.35,
            noise_chance: 0.5,
            noise_levels: 0.5..12.0,
            least_noise_levels: 0.5,
        }
    }
}

/// A random number of a range.
pub fn sample(range: &Range<f32>, rng: &mut Pcg64) -> f32 {
    rng.random_range(range.clone())
}
