//! The heap allocations of a frame in auto mode: the same for every frame of a table, and
//! bounded by what a table full of cards needs.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use common::Card;
use dhat::HeapStats;
use edge::decide::Mode;
use edge::recognize::Recognizer;
use edge::source::FrameImage;
use renderer::scene::{SceneOptions, draw_scene};

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// The number of frames of a table that are measured, after a first one.
const FRAMES: usize = 4;

/// The largest number of allocations of a frame, and of bytes of all of them together. This is
/// what 16 cards, the most that are read, need: each is refined twice and classified.
const MOST_BLOCKS: u64 = 20_000;
const MOST_BYTES: u64 = 256 << 20;

fn table(cards: usize) -> FrameImage {
    let deck: Vec<Card> = Card::all().step_by(3).take(cards).collect();
    let options = SceneOptions { card_height: 0.2..0.22, ..SceneOptions::default() };
    draw_scene(&deck, &options, 5).image.into()
}

#[test]
fn every_frame_of_a_table_allocates_the_same_within_the_bounds_of_a_full_table() {
    let recognizer = Recognizer::load(None).unwrap().in_mode(Mode::Auto, None).unwrap();
    let tables = [0, 1, 8, 16].map(table);
    for table in &tables {
        recognizer.recognize(table).unwrap(); // Allocates what is allocated only once.
    }
    let _profiler = dhat::Profiler::builder().testing().build();
    for table in &tables {
        // Allocated before the count begins.
        let mut allocated = Vec::with_capacity(FRAMES);
        let mut before = HeapStats::get();
        let mut seen = 0;
        for _ in 0..FRAMES {
            seen = recognizer.recognize(table).unwrap().observations.len();
            let after = HeapStats::get();
            assert_eq!(after.curr_bytes, before.curr_bytes, "{seen} places: memory is not freed");
            let blocks = after.total_blocks - before.total_blocks;
            allocated.push((blocks, after.total_bytes - before.total_bytes));
            before = after;
        }
        let (blocks, bytes) = allocated[0];
        println!(
            "{seen} places: {blocks} allocations, {:.1} MiB",
            bytes as f64 / f64::from(1 << 20)
        );
        assert!(allocated.iter().all(|frame| *frame == allocated[0]), "{allocated:?}");
        assert!(blocks <= MOST_BLOCKS && bytes <= MOST_BYTES, "{blocks} blocks, {bytes} bytes");
    }
}
