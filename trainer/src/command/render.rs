//! `trainer render`: draws a deck as a data set.

use crate::cli::RenderArgs;
use crate::data::drawn::DrawnDeck;
use crate::progress;

/// Runs the command.
pub fn run(args: &RenderArgs) -> anyhow::Result<()> {
    let RenderArgs { ref dir, per_class, side, seed } = *args;
    let deck = DrawnDeck { images_per_card: per_class, side, seed };
    let bar = progress::job_bar("drawing", deck.images());
    deck.write(dir, &bar)?;
    bar.finish_and_clear();
    log::info!("drew {} images into {dir:?}", deck.images());
    Ok(())
}
