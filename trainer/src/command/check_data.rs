//! `trainer check-data`: prints what is wrong with a data set.

use std::fmt::{self, Write as _};
use std::path::PathBuf;

use common::output::print;

use crate::cli::CheckDataArgs;
use crate::data::check::{DataPart, DataProblems, SimilarPair, check};

/// At most this many pairs of images are printed by name.
const MOST_PAIRS: usize = 20;

/// From this ratio of the largest to the smallest class on, the smaller classes are too rare.
const UNBALANCED_RATIO: f64 = 2.0;

/// Runs the command, and returns whether it found a problem that must be solved before
/// training.
pub fn run(args: &CheckDataArgs) -> anyhow::Result<bool> {
    let roots: Vec<PathBuf> = std::iter::once(&args.dir).chain(&args.others).cloned().collect();
    let problems = check(&roots)?;
    print(&description(&problems)?)?;
    Ok(problems.is_serious())
}

fn description(problems: &DataProblems) -> Result<String, fmt::Error> {
    let mut text = String::new();
    for part in &problems.parts {
        describe_part(&mut text, part)?;
    }
    describe_names(&mut text, problems)?;
    describe_duplicates(&mut text, problems)?;
    Ok(text)
}

fn describe_part(text: &mut String, part: &DataPart) -> fmt::Result {
    let images: usize = part.classes.iter().map(|(_, images)| images).sum();
    writeln!(text, "{:?}: {images} images in {} classes", part.root, part.classes.len())?;
    writeln!(text, "  unreadable images: {}", part.broken.len())?;
    for reason in &part.broken {
        writeln!(text, "    {reason}")?;
    }
    if !part.skipped.is_empty() {
        writeln!(text, "  {}", part.skipped)?;
    }
    for (name, _) in part.classes.iter().filter(|(_, images)| *images == 0) {
        writeln!(text, "  class {name:?} has no images: add some or remove its folder")?;
    }
    describe_balance(text, part)
}

fn describe_balance(text: &mut String, part: &DataPart) -> fmt::Result {
    let smallest = part.classes.iter().min_by_key(|(_, images)| *images);
    let largest = part.classes.iter().max_by_key(|(_, images)| *images);
    let (Some(smallest), Some(largest)) = (smallest, largest) else { return Ok(()) };
    let ratio = largest.1 as f64 / smallest.1.max(1) as f64;
    let advice =
        if ratio > UNBALANCED_RATIO { "; collect more images of the rare classes" } else { "" };
    writeln!(
        text,
        "  balance: {} has {} images and {} has {}, {ratio:.1} times as many{advice}",
        smallest.0, smallest.1, largest.0, largest.1,
    )
}

fn describe_names(text: &mut String, problems: &DataProblems) -> fmt::Result {
    for (name, nearest) in &problems.unknown {
        match nearest {
            Some(card) => writeln!(text, "class {name:?} is not a card; did you mean {card:?}?"),
            None => {
                writeln!(text, "class {name:?} is not a card, and the device recognises only cards")
            }
        }?;
    }
    Ok(())
}

fn describe_duplicates(text: &mut String, problems: &DataProblems) -> fmt::Result {
    describe_pairs(text, "one image in two classes", &problems.conflicts, MOST_PAIRS)?;
    let (same, near): (Vec<_>, Vec<_>) =
        problems.duplicates.iter().cloned().partition(|pair| pair.is_same);
    describe_pairs(text, "one image twice in a class", &same, MOST_PAIRS)?;
    describe_pairs(text, "near-duplicates in a class", &near, 0)?;
    for overlap in &problems.overlaps {
        writeln!(
            text,
            "{:?}: {} of {} images are similar to an image of the first part",
            overlap.part, overlap.similar, overlap.total
        )?;
    }
    writeln!(
        text,
        "a random 80/20 split holds out {} images, and {} of them are similar to a training \
         image; --group-duplicates keeps similar images on one side of the split",
        problems.leak.held_out, problems.leak.leaked
    )
}

/// Says how many pairs there are, and the first `most` of them by name.
fn describe_pairs(
    text: &mut String,
    title: &str,
    pairs: &[SimilarPair],
    most: usize,
) -> fmt::Result {
    writeln!(text, "{title}: {} pairs", pairs.len())?;
    for SimilarPair { paths: [a, b], .. } in pairs.iter().take(most) {
        writeln!(text, "  {} and {}", a.display(), b.display())?;
    }
    if most > 0 && pairs.len() > most {
        writeln!(text, "  … and {} more", pairs.len() - most)?;
    }
    Ok(())
}
