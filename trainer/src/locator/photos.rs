//! Photographs with a rectangle around every card: a folder with a `labels.jsonl`.

use std::io;
use std::path::{Path, PathBuf};

use common::{Card, Rect, regular_file};
use serde::{Deserialize, Deserializer};

/// The file that lists the photographs of a folder.
const LABELS: &str = "labels.jsonl";

/// One photograph.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Photo {
    /// The file's name in the folder.
    pub file: String,
    pub cards: Vec<PhotoCard>,
}

/// A card in a photograph.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct PhotoCard {
    /// In pixels, around the visible part of the card. The file states
    /// `[left, top, right, bottom]`.
    #[serde(rename = "box", deserialize_with = "rect_from_edges")]
    pub bounds: Rect,
    #[serde(deserialize_with = "card_from_name")]
    pub card: Card,
    pub visibility: Visibility,
}

/// How much of a card is visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Full,
    /// Partly covered, or cut by the edge of the photograph.
    Occluded,
}

/// A `labels.jsonl` that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PhotosError {
    #[error("can't read {path:?}, which lists the photographs of the folder")]
    Read { path: PathBuf, source: io::Error },
    #[error("line {line} of {path:?} does not describe a photograph")]
    Line { path: PathBuf, line: usize, source: serde_json::Error },
}

/// The photographs that the `labels.jsonl` of a folder lists, in the order of its lines.
///
/// # Errors
/// The file is missing, or a line of it is not valid.
pub fn read(folder: &Path) -> Result<Vec<Photo>, PhotosError> {
    let path = folder.join(LABELS);
    let text = regular_file::read_text(&path)
        .map_err(|source| PhotosError::Read { path: path.clone(), source })?;
    let lines = text.lines().zip(1..).filter(|(text, _)| !text.trim().is_empty());
    let photos = lines.map(|(text, line)| {
        let photo = serde_json::from_str(text);
        photo.map_err(|source| PhotosError::Line { path: path.clone(), line, source })
    });
    photos.collect()
}

fn rect_from_edges<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rect, D::Error> {
    let [left, top, right, bottom] = <[f32; 4]>::deserialize(deserializer)?;
    Ok(Rect::from_edges(left, top, right, bottom))
}

fn card_from_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Card, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn labels_are_read_and_the_error_names_a_broken_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LABELS);
        let line = r#"{"file":"a.jpg","width":9,"height":9,"cards":[{"box":[1,2,3,4],"card":"joker","visibility":"full"}]}"#;
        fs::write(&path, format!("{line}\n")).unwrap();
        let photos = read(folder.path()).unwrap();
        assert_eq!(photos[0].cards[0].bounds, Rect::from_edges(1.0, 2.0, 3.0, 4.0));
        fs::write(&path, format!("{line}\n{{\n")).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
