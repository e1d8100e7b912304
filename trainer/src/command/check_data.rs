//! `trainer check-data`: what is wrong with a data set.

use std::path::PathBuf;

use crate::cli::CheckDataArgs;
use crate::data::check::{Alike, Findings, Part, check};

/// Pairs that are listed by name.
const LISTED: usize = 20;

/// Runs the command; whether it found what must be mended before training.
pub fn run(args: &CheckDataArgs) -> anyhow::Result<bool> {
    let roots: Vec<PathBuf> =
        std::iter::once(&args.dir).chain(&args.others).map(PathBuf::clone).collect();
    let findings = check(&roots)?;
    findings.parts.iter().for_each(print_part);
    print_names(&findings);
    print_duplicates(&findings);
    Ok(findings.is_serious())
}

fn print_part(part: &Part) {
    let images: usize = part.classes.iter().map(|(_, images)| images).sum();
    println!("{:?}: {images} images in {} classes", part.root, part.classes.len());
    println!("  broken images: {}", part.broken.len());
    for reason in &part.broken {
        println!("    {reason}");
    }
    for (name, _) in part.classes.iter().filter(|(_, images)| *images == 0) {
        println!("  class {name:?} has no images: add some or remove its folder");
    }
    let by_size = |class: &&(String, usize)| class.1;
    if let (Some(least), Some(most)) =
        (part.classes.iter().min_by_key(by_size), part.classes.iter().max_by_key(by_size))
    {
        let ratio = most.1 as f64 / least.1.max(1) as f64;
        println!(
            "  balance: {} ({}) to {} ({}), {ratio:.1} times as many{}",
            least.0,
            least.1,
            most.0,
            most.1,
            if ratio > 2.0 { ": collect more of the rare ones" } else { "" }
        );
    }
}

fn print_names(findings: &Findings) {
    for (name, nearest) in &findings.unknown {
        match nearest {
            Some(card) => println!("class {name:?} is no card: did you mean {card:?}?"),
            None => println!("class {name:?} is no card; the device names cards only"),
        }
    }
}

fn print_duplicates(findings: &Findings) {
    print_pairs("one image under two labels", &findings.conflicts, LISTED);
    let (same, near): (Vec<_>, Vec<_>) =
        findings.inside.iter().cloned().partition(|pair| pair.same);
    print_pairs("one image twice in a class", &same, LISTED);
    print_pairs("near-duplicates in a class", &near, 0);
    for across in &findings.across {
        println!(
            "{:?}: {} of {} images have one like them in the first part",
            across.part, across.alike, across.total
        );
    }
    let (leaked, held_out) = findings.leaked;
    println!(
        "a random 80/20 split holds out {leaked} of {held_out} images that have one like them to \
         train on; --group-duplicates keeps these on one side"
    );
}

fn print_pairs(title: &str, pairs: &[Alike], listed: usize) {
    println!("{title}: {} pairs", pairs.len());
    for Alike { paths: [a, b], .. } in pairs.iter().take(listed) {
        println!("  {} and {}", a.display(), b.display());
    }
    if listed > 0 && pairs.len() > listed {
        println!("  … and {} more", pairs.len() - listed);
    }
}
