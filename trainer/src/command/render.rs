//! `trainer render`: a drawn deck as a data set.

use std::fs;

use anyhow::{Context as _, bail};
use common::Card;
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;
use rayon::prelude::*;
use renderer::deck::draw_sample;

use crate::cli::RenderArgs;
use crate::progress;

/// Runs the command.
pub fn run(args: &RenderArgs) -> anyhow::Result<()> {
    if fs::read_dir(&args.dir).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{:?} is not empty; name a new folder, so that nothing is drawn over", args.dir);
    }
    let cards: Vec<Card> = Card::all().collect();
    let bar = progress::job_bar("drawing", cards.len() * args.per_class);
    cards.par_iter().enumerate().try_for_each(|(number, &card)| {
        let folder = args.dir.join(card.to_string());
        fs::create_dir_all(&folder).with_context(|| format!("can't make {folder:?}"))?;
        let mut seeds = Pcg64::seed_from_u64(args.seed.rotate_left(32) ^ number as u64);
        for image in 0..args.per_class {
            let path = folder.join(format!("{image:04}.png"));
            draw_sample(card, seeds.random(), args.side)
                .save(&path)
                .with_context(|| format!("can't write {path:?}"))?;
            bar.inc(1);
        }
        anyhow::Ok(())
    })?;
    bar.finish_and_clear();
    log::info!("drew {} images into {:?}", cards.len() * args.per_class, args.dir);
    Ok(())
}
