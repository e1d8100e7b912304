//! Which index of the network's output belongs to which class.

use std::collections::BTreeMap;
use std::path::Path;

use crate::regular_file;

/// Class names in the order of the network's outputs: alphabetical, as torchvision's
/// `ImageFolder` orders its folders.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassMap {
    names: Vec<String>,
}

/// A `class_to_idx.json` that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ClassMapError {
    #[error("can't read the class map {path:?}")]
    Read { path: String, source: std::io::Error },
    #[error("{path:?} is not a class map ({reason}); it should be like {{\"ace of clubs\": 0, …}}")]
    Parse { path: String, reason: serde_json::Error },
    #[error("{path:?} has no class with index {index}; indices must run from 0 without gaps")]
    Gap { path: String, index: usize },
}

impl ClassMap {
    /// Sorts the names and drops repetitions.
    pub fn new(names: impl IntoIterator<Item = String>) -> Self {
        let mut names: Vec<String> = names.into_iter().collect();
        names.sort_unstable();
        names.dedup();
        Self { names }
    }

    /// The names by index.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The number of classes.
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// Whether the map has no classes.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The index of a class.
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    /// The JSON object that torchvision users write from `ImageFolder.class_to_idx`:
    /// name to index, in order of the index.
    pub fn to_json(&self) -> String {
        let object: serde_json::Map<String, serde_json::Value> =
            self.names.iter().cloned().zip((0..self.len()).map(Into::into)).collect();
        serde_json::Value::Object(object).to_string()
    }

    /// Reads a `class_to_idx.json`.
    ///
    /// # Errors
    /// The file can't be read, is not a map from names to indices, or its indices have gaps.
    pub fn read(path: &Path) -> Result<Self, ClassMapError> {
        let shown = || path.display().to_string();
        let text = regular_file::read_text(path)
            .map_err(|source| ClassMapError::Read { path: shown(), source })?;
        let by_name: BTreeMap<String, usize> = serde_json::from_str(&text)
            .map_err(|reason| ClassMapError::Parse { path: shown(), reason })?;
        let mut by_index: Vec<(usize, String)> =
            by_name.into_iter().map(|(name, index)| (index, name)).collect();
        by_index.sort_unstable();
        if let Some(gap) = by_index.iter().enumerate().position(|(i, (index, _))| i != *index) {
            return Err(ClassMapError::Gap { path: shown(), index: gap });
        }
        Ok(Self { names: by_index.into_iter().map(|(_, name)| name).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Card;

    #[test]
    fn the_cards_are_in_alphabetical_order() {
        let map = ClassMap::new(Card::all().map(|card| card.to_string()));
        assert_eq!(map.len(), 53);
        assert_eq!(map.names()[0], "ace of clubs");
        assert_eq!(map.index_of("joker"), Some(20));
        assert_eq!(map.names()[52], "two of spades");
    }

    #[test]
    fn json_is_in_the_order_of_the_index_and_reads_back() {
        let map = ClassMap::new(["two".to_owned(), "ace".to_owned()]);
        assert_eq!(map.to_json(), r#"{"ace":0,"two":1}"#);
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), map.to_json()).unwrap();
        assert_eq!(ClassMap::read(file.path()).unwrap(), map);
    }

    #[test]
    fn a_gap_in_the_indices_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), r#"{"ace":0,"two":2}"#).unwrap();
        let error = ClassMap::read(file.path()).unwrap_err();
        assert!(error.to_string().contains("index 1"), "{error}");
    }
}
