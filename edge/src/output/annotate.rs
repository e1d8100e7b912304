//! Images with what was recognised drawn on them.

use std::collections::VecDeque;
use std::fs;
use std::path::{Path, PathBuf};

use image::imageops::{FilterType, resize};
use image::{ImageError, Rgb, RgbImage};
use imageproc::drawing::draw_filled_rect_mut;
use imageproc::rect::Rect;

use crate::output::draw::{BACKGROUND, Mark, Text, draw_marks, mark_color};

/// Narrower images are enlarged, so that text on them can be read.
const LEGIBLE_WIDTH: u32 = 480;

/// What to draw.
#[derive(Clone, Debug, PartialEq)]
pub struct Label<'a> {
    pub marks: &'a [Mark],
    /// At the bottom, such as "ace of spades  98.7 %  6.1 ms".
    pub text: &'a str,
    /// Whether a card is named.
    pub is_named: bool,
}

/// The image, enlarged by a whole number if it is small, with outlines and text.
pub fn annotated(image: &RgbImage, label: &Label<'_>) -> RgbImage {
    let factor = LEGIBLE_WIDTH.div_ceil(image.width().max(1)).clamp(1, 8);
    let (width, height) = (image.width() * factor, image.height() * factor);
    let mut canvas = match factor {
        1 => image.clone(),
        _ => resize(image, width, height, FilterType::Triangle),
    };
    draw_marks(&mut canvas, label.marks, factor as f32, [0.0, 0.0]);
    caption(&mut canvas, label.text, mark_color(label.is_named));
    canvas
}

/// One line at the bottom left, shrunk to fit.
fn caption(canvas: &mut RgbImage, text: &str, color: Rgb<u8>) {
    let (width, height) = canvas.dimensions();
    let wanted = (height as f32 / 16.0).max(16.0);
    let margin = (wanted / 4.0).ceil() as u32;
    let text = Text::fitted(text, wanted, width.saturating_sub(4 * margin));
    let box_height = text.height + 2 * margin;
    let top = height.saturating_sub(box_height + margin) as i32;
    let left = margin as i32;
    let area = Rect::at(left, top).of_size(text.width + 2 * margin, box_height.max(1));
    draw_filled_rect_mut(canvas, area, BACKGROUND);
    text.draw(canvas, left + margin as i32, top + margin as i32, color);
}

/// A folder of annotated images that does not grow for ever.
#[derive(Debug)]
pub struct SnapshotFolder {
    folder: PathBuf,
    keep: usize,
    written: VecDeque<PathBuf>,
    number: u64,
    /// The last image could not be written.
    fails: bool,
}

/// An annotated image that can't be written.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    #[error("can't make the folder {path:?} for annotated images: {source}")]
    Folder { path: PathBuf, source: std::io::Error },
    #[error("can't write the annotated image {path:?}: {source}")]
    Write { path: PathBuf, source: ImageError },
}

impl SnapshotFolder {
    /// Makes the folder if need be. Beyond `keep` images, the oldest that this album
    /// wrote is removed; files of others are never touched.
    ///
    /// # Errors
    /// The folder can't be made.
    pub fn open(folder: &Path, keep: usize) -> Result<Self, SnapshotError> {
        fs::create_dir_all(folder)
            .map_err(|source| SnapshotError::Folder { path: folder.to_owned(), source })?;
        Ok(Self {
            folder: folder.to_owned(),
            keep,
            written: VecDeque::new(),
            number: 0,
            fails: false,
        })
    }

    /// As [`SnapshotFolder::open`], and goes on with the images that an album left there: they
    /// count among those that are kept.
    ///
    /// # Errors
    /// As [`SnapshotFolder::open`].
    pub fn go_on(folder: &Path, keep: usize) -> Result<Self, SnapshotError> {
        let mut snapshots = Self::open(folder, keep)?;
        let mut earlier: Vec<(u64, PathBuf)> = fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                Some((number_of(&entry.file_name().to_string_lossy())?, entry.path()))
            })
            .collect();
        earlier.sort_unstable();
        snapshots.number = earlier.last().map_or(0, |(number, _)| number + 1);
        snapshots.written = earlier.into_iter().map(|(_, path)| path).collect();
        Ok(snapshots)
    }

    /// Adds an image, or warns when it can't, as on a full disk: once, until it can again.
    pub fn add_or_warn(&mut self, name: &str, image: impl FnOnce() -> RgbImage) {
        match self.add(name, &image()) {
            Ok(_) => self.fails = false,
            Err(error) => {
                if !self.fails {
                    log::warn!("{error}");
                }
                self.fails = true;
            }
        }
    }

    /// Adds an image under its number and name.
    ///
    /// # Errors
    /// It can't be written.
    pub fn add(&mut self, name: &str, image: &RgbImage) -> Result<PathBuf, SnapshotError> {
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        let path = self.folder.join(format!("{:05}-{}.png", self.number, stem.replace(' ', "-")));
        image.save(&path).map_err(|source| SnapshotError::Write { path: path.clone(), source })?;
        self.number += 1;
        self.written.push_back(path.clone());
        while self.written.len() > self.keep
            && let Some(oldest) = self.written.pop_front()
        {
            // Somebody may have taken it away already.
            let _ = fs::remove_file(oldest);
        }
        Ok(path)
    }
}

/// The number in the name of an album's image, such as "00012-frame.png".
fn number_of(name: &str) -> Option<u64> {
    let (number, rest) = name.split_once('-')?;
    let is_number = number.len() >= 5 && number.bytes().all(|digit| digit.is_ascii_digit());
    if is_number && rest.ends_with(".png") { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use common::Corners;

    use super::*;

    fn marked(image: &RgbImage, corners_in_frame: Corners) -> RgbImage {
        let mark = Mark { corners_in_frame, text: String::new(), is_named: true };
        let label = Label { marks: &[mark], text: "ace of spades 98.7 %", is_named: true };
        annotated(image, &label)
    }

    #[test]
    fn a_small_image_is_enlarged_and_marked() {
        let image = RgbImage::new(224, 224);
        let corners = [[20.0, 20.0], [200.0, 20.0], [200.0, 200.0], [20.0, 200.0]];
        let marked = marked(&image, corners);
        assert_eq!(marked.width(), 3 * 224);
        assert_eq!(marked.get_pixel(60, 300), &mark_color(true));
    }

    #[test]
    fn corners_outside_the_image_do_no_harm() {
        let image = RgbImage::new(640, 480);
        marked(&image, [[-50.0, -50.0], [900.0, 0.0], [900.0, 700.0], [-50.0, 700.0]]);
        marked(&image, [[5.0, 5.0]; 4]);
    }

    #[test]
    fn an_album_keeps_the_newest_and_touches_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mine.png"), "x").unwrap();
        let mut snapshots = SnapshotFolder::open(folder.path(), 2).unwrap();
        for name in ["a.jpg", "b.jpg", "c.jpg"] {
            snapshots.add(name, &RgbImage::new(4, 4)).unwrap();
        }
        assert_eq!(names(folder.path()), ["00001-b.png", "00002-c.png", "mine.png"]);
        let mut snapshots = SnapshotFolder::go_on(folder.path(), 2).unwrap();
        snapshots.add("d.jpg", &RgbImage::new(4, 4)).unwrap();
        assert_eq!(names(folder.path()), ["00002-c.png", "00003-d.png", "mine.png"]);
    }

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}
