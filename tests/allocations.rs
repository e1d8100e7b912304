//! What a frame in auto mode takes from the heap: the same for every frame of a table, and
//! no more than a table full of cards needs.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use common::Card;
use dhat::HeapStats;
use edge::config::Mode;
use edge::recognize::Recognizer;
use image::RgbImage;
use renderer::scene::{SceneOptions, draw_scene};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// Frames of a table that are looked at, after a first one.
const FRAMES: usize = 4;

/// Most allocations of a frame, and most bytes of all of them together: 16 cards, which is
/// all that are looked at, each seen closely twice and named, and the frame itself.
const MOST_BLOCKS: u64 = 20_000;
const MOST_BYTES: u64 = 256 << 20;

fn table(cards: usize) -> RgbImage {
    let deck: Vec<Card> = Card::all().step_by(3).take(cards).collect();
    let options = SceneOptions { card_height: 0.2..0.22, ..SceneOptions::default() };
    draw_scene(&deck, &options, 5).image
}

#[test]
fn frames_of_a_table_take_the_same_and_no_more_than_a_full_one_needs() {
    let recognizer = Recognizer::load(None).unwrap().in_mode(Mode::Auto, None).unwrap();
    let tables = [0, 1, 8, 16].map(table);
    for table in &tables {
        recognizer.recognize(table).unwrap(); // What is made once is made now.
    }
    let _profiler = dhat::Profiler::builder().testing().build();
    for table in &tables {
        // Made before it is counted.
        let mut taken = Vec::with_capacity(FRAMES);
        let mut before = HeapStats::get();
        let mut seen = 0;
        for _ in 0..FRAMES {
            seen = recognizer.recognize(table).unwrap().sightings.len();
            let after = HeapStats::get();
            assert_eq!(after.curr_bytes, before.curr_bytes, "{seen} places: something is kept");
            let blocks = after.total_blocks - before.total_blocks;
            taken.push((blocks, after.total_bytes - before.total_bytes));
            before = after;
        }
        let (blocks, bytes) = taken[0];
        println!(
            "{seen} places: {blocks} allocations, {:.1} MiB",
            bytes as f64 / f64::from(1 << 20)
        );
        assert!(taken.iter().all(|frame| *frame == taken[0]), "{taken:?}");
        assert!(blocks <= MOST_BLOCKS && bytes <= MOST_BYTES, "{blocks} blocks, {bytes} bytes");
    }
}
