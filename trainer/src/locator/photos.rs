//! Photographs with a box around every card: a folder with `labels.jsonl`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The file that lists the photographs of a folder.
const LABELS: &str = "labels.jsonl";

/// One photograph.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Photo {
    /// Its file name in the folder.
    pub file: String,
    pub cards: Vec<BoxedCard>,
}

/// A card in a photograph.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct BoxedCard {
    /// Left, top, right, bottom in pixels, around what is seen of the card.
    #[serde(rename = "box")]
    pub frame_box: [f32; 4],
    pub visibility: Visibility,
}

/// How much of a card is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    Full,
    /// Covered in part, or cut by the frame.
    Occluded,
}

/// Labels that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum PhotosError {
    #[error("can't read {path:?}: {source}; a folder of photographs needs such a file")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path:?}, line {line}: {source}")]
    Line { path: PathBuf, line: usize, source: serde_json::Error },
}

/// The photographs that a folder's labels list, in their order.
///
/// # Errors
/// The labels are missing or broken.
pub fn read(folder: &Path) -> Result<Vec<Photo>, PhotosError> {
    let path = folder.join(LABELS);
    let text = fs::read_to_string(&path)
        .map_err(|source| PhotosError::Read { path: path.clone(), source })?;
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines
        .map(|(text, line)| {
            serde_json::from_str(text).map_err(|source| PhotosError::Line {
                path: path.clone(),
                line,
                source,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_read_and_a_broken_line_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LABELS);
        let line = r#"{"file":"a.jpg","width":9,"height":9,"cards":[{"box":[1,2,3,4],"card":"joker","visibility":"full"}]}"#;
        fs::write(&path, format!("{line}\n")).unwrap();
        let photos = read(folder.path()).unwrap();
        assert_eq!(photos[0].cards[0].frame_box, [1.0, 2.0, 3.0, 4.0]);
        fs::write(&path, format!("{line}\n{{\n")).unwrap();
        let error = read(folder.path()).unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }
}
