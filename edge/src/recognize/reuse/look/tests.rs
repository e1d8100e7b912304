//! Looks of drawn cards.

use common::rectify::rectify;
use common::{Card, Point, Quad};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64;
use renderer::deck::{Style, draw_card};
use renderer::scene::blend::blend_warped;
use renderer::scene::pose::CardPose;
use renderer::scene::texture;

use super::*;

const SIDE: u32 = 160;

/// The error of a refined corner, as a share of the card's diagonal.
const CORNER_ERROR: f32 = 0.006;

/// Returns the look of a card of this height somewhere on a table, as a camera sees it.
fn look(card: Card, height: f32, corner_error: f32, rng: &mut impl Rng) -> Look {
    let side = (1.6 * height) as u32 + 20;
    let middle = side as f32 / 2.0;
    let pose = CardPose {
        centre_in_frame: Point::new(
            middle + rng.random_range(-3.0..3.0),
            middle + rng.random_range(-3.0..3.0),
        ),
        height_pixels: height,
        rotation_degrees: rng.random_range(-8.0..8.0),
        ..CardPose::default()
    };
    let corners = pose.corners_in_frame();
    let mut frame = texture::draw(0, side, side, 1);
    let drawn = draw_card(card, &Style::classic(), (height * 0.716) as u32, height as u32);
    blend_warped(&mut frame, &drawn, corners);
    for level in frame.iter_mut() {
        *level = level.saturating_add(rng.random_range(0..10)).saturating_sub(5);
    }
    let reach = corner_error * corners.diagonal();
    let mut moved = |at: f32| at + rng.random_range(-reach..=reach);
    let corners =
        Quad::new(corners.corners.map(|corner| Point::new(moved(corner.x), moved(corner.y))));
    Look::of(&rectify(&frame, corners, SIDE))
}

#[test]
fn a_card_that_moves_looks_the_same_and_nearly_every_other_card_looks_different() {
    let mut rng = Pcg64::seed_from_u64(1);
    for height in [70.0, 100.0, 140.0, 220.0] {
        let cards: Vec<Card> = Card::all().collect();
        let mut deck = || -> Vec<Look> {
            cards.iter().map(|&card| look(card, height, CORNER_ERROR, &mut rng)).collect()
        };
        let (before, after) = (deck(), deck());
        let is_same = |a: usize, b: usize| before[a].same_card_difference(&after[b]).is_some();
        let all = 0..cards.len();
        let recognised = all.clone().filter(|&at| is_same(at, at)).count();
        let others = all.clone().flat_map(|a| all.clone().map(move |b| (a, b)));
        let others: Vec<_> = others.filter(|(a, b)| a != b).collect();
        let confused: Vec<_> = others.iter().filter(|&&(a, b)| is_same(a, b)).collect();
        let names: Vec<String> =
            confused.iter().map(|&&(a, b)| format!("{}/{}", cards[a], cards[b])).collect();
        println!(
            "{height}: {recognised} of 53 the same, {} pairs confused: {names:?}",
            names.len()
        );
        assert!(recognised >= 50, "{recognised} at {height} pixels");
        assert!(confused.len() * 50 <= others.len(), "{} pairs: {names:?}", confused.len());
    }
}
