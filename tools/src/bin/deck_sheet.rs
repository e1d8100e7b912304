//! Draws contact sheets of the deck and of scenes, for a person to look at:
//! `cargo run --release -p tools --bin deck_sheet -- FOLDER [IMAGE]`. IMAGE becomes the centre of
//! some cards.

use std::path::Path;

use common::Card;
use image::imageops::{overlay, replace};
use image::{DynamicImage, Rgb, RgbImage};
use renderer::deck::{Style, draw_card};
use renderer::sample::{draw_empty, draw_sample, draw_sample_over};
use renderer::scene::{SceneOptions, draw_scene};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: deck_sheet FOLDER [IMAGE]")?;
    let folder = Path::new(&folder);
    std::fs::create_dir_all(folder)?;
    let cards: Vec<Card> = Card::all().collect();
    let sample = |i: usize| draw_sample(cards[i * 7 % 53], i as u64, 144);
    sheet(70, 10, sample).save(folder.join("samples.png"))?;
    let art = std::env::args().nth(2).map(image::open).transpose()?.map(|art| art.into_rgb8());
    let art = |i: usize| art.clone().unwrap_or_else(|| draw_empty(i as u64, 224));
    let over = |i: usize| draw_sample_over(cards[i * 7 % 53], &art(i), i as u64, 144);
    sheet(70, 10, over).save(folder.join("samples_over.png"))?;
    sheet(20, 10, |i| draw_empty(i as u64, 144)).save(folder.join("empty.png"))?;
    sheet(53, 13, |i| classic(cards[i])).save(folder.join("classic.png"))?;
    let close_up = |i: usize| draw_scene(&[cards[i * 7 % 53]], &SceneOptions::close_up(), i as u64);
    sheet(6, 3, |i| close_up(i).image).save(folder.join("close_up.png"))?;
    let several = |i: usize| draw_scene(&cards[i..i + 5], &SceneOptions::default(), i as u64);
    sheet(6, 3, |i| several(i).image).save(folder.join("scenes.png"))?;
    Ok(())
}

fn classic(card: Card) -> RgbImage {
    let mut image = DynamicImage::from(RgbImage::from_pixel(108, 146, Rgb([40, 110, 70])));
    let card = draw_card(card, &Style::classic(), 100, 139);
    overlay(&mut image, &DynamicImage::from(card), 4, 4);
    image.into_rgb8()
}

/// Arranges `count` images of the same size in rows of `columns`.
fn sheet(count: usize, columns: usize, draw: impl Fn(usize) -> RgbImage) -> RgbImage {
    let first = draw(0);
    let (width, height) = (first.width() + 4, first.height() + 4);
    let rows = count.div_ceil(columns);
    let mut sheet = RgbImage::new(width * columns as u32, height * rows as u32);
    for i in 0..count {
        let (column, row) = (i % columns, i / columns);
        replace(
            &mut sheet,
            &draw(i),
            column as i64 * i64::from(width),
            row as i64 * i64::from(height),
        );
    }
    sheet
}
