//! `trainer check-data`: prints what is wrong with a data set.

use std::path::PathBuf;

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
    problems.parts.iter().for_each(print_part);
    print_names(&problems);
    print_duplicates(&problems);
    Ok(problems.is_serious())
}

fn print_part(part: &DataPart) {
    let images: usize = part.classes.iter().map(|(_, images)| images).sum();
    println!("{:?}: {images} images in {} classes", part.root, part.classes.len());
    println!("  unreadable images: {}", part.broken.len());
    for reason in &part.broken {
        println!("    {reason}");
    }
    for (name, _) in part.classes.iter().filter(|(_, images)| *images == 0) {
        println!("  class {name:?} has no images: add some or remove its folder");
    }
    print_balance(part);
}

fn print_balance(part: &DataPart) {
    let smallest = part.classes.iter().min_by_key(|(_, images)| *images);
    let largest = part.classes.iter().max_by_key(|(_, images)| *images);
    let (Some(smallest), Some(largest)) = (smallest, largest) else { return };
    let ratio = largest.1 as f64 / smallest.1.max(1) as f64;
    let advice =
        if ratio > UNBALANCED_RATIO { "; collect more images of the rare classes" } else { "" };
    println!(
        "  balance: {} has {} images and {} has {}, {ratio:.1} times as many{advice}",
        smallest.0, smallest.1, largest.0, largest.1,
    );
}

fn print_names(problems: &DataProblems) {
    for (name, nearest) in &problems.unknown {
        match nearest {
            Some(card) => println!("class {name:?} is not a card; did you mean {card:?}?"),
            None => println!("class {name:?} is not a card, and the device recognises only cards"),
        }
    }
}

fn print_duplicates(problems: &DataProblems) {
    print_pairs("one image in two classes", &problems.conflicts, MOST_PAIRS);
    let (same, near): (Vec<_>, Vec<_>) =
        problems.duplicates.iter().cloned().partition(|pair| pair.is_same);
    print_pairs("one image twice in a class", &same, MOST_PAIRS);
    print_pairs("near-duplicates in a class", &near, 0);
    for overlap in &problems.overlaps {
        println!(
            "{:?}: {} of {} images are similar to an image of the first part",
            overlap.part, overlap.similar, overlap.total
        );
    }
    println!(
        "a random 80/20 split holds out {} images, and {} of them are similar to a training \
         image; --group-duplicates keeps similar images on one side of the split",
        problems.leak.held_out, problems.leak.leaked
    );
}

/// Prints how many pairs there are, and the first `most` of them by name.
fn print_pairs(title: &str, pairs: &[SimilarPair], most: usize) {
    println!("{title}: {} pairs", pairs.len());
    for SimilarPair { paths: [a, b], .. } in pairs.iter().take(most) {
        println!("  {} and {}", a.display(), b.display());
    }
    if most > 0 && pairs.len() > most {
        println!("  … and {} more", pairs.len() - most);
    }
}
