//! Options of all commands that compose scenes.

use std::path::PathBuf;

use clap::Args;

use crate::data::dataset::Dataset;
use crate::tasks::locator::sources::StockSources;

/// What scenes are made of, besides the images of a data set.
#[derive(Clone, Debug, Args)]
pub struct SceneImageArgs {
    /// Folder with a folder of printed faces per deck, as tools/debian_decks.py writes them
    #[arg(long, value_name = "DIR")]
    pub decks: Option<PathBuf>,
    /// Folder of photographs with a labels.jsonl, which are tables with known cards
    #[arg(long, value_name = "DIR")]
    pub photos: Option<PathBuf>,
    /// Text file with the names of photographs to leave out, one per line
    #[arg(long, value_name = "FILE", requires = "photos")]
    pub photos_aside: Option<PathBuf>,
}

impl SceneImageArgs {
    /// All images that scenes are made of: these, and the samples `only` of a data set, or all of
    /// its samples.
    pub fn sources<'a>(
        &'a self,
        cards: Option<&'a Dataset>,
        only: Option<&'a [usize]>,
    ) -> StockSources<'a> {
        StockSources {
            cards,
            only,
            decks: self.decks.as_deref(),
            photos: self.photos.as_deref(),
            photos_aside: self.photos_aside.as_deref(),
        }
    }
}
