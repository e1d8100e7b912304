//! Every target takes its seeds, its corpus, and thousands of changed copies of them.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use fuzz_targets::{TARGETS, Target};
use rand::{RngExt as _, SeedableRng as _};
use rand_pcg::Pcg64;

/// How many changed inputs each target gets.
const CHANGED_INPUTS: usize = 2_000;

/// The most changes of one input.
const MOST_CHANGES: usize = 4;

#[test]
fn no_target_panics_over_its_corpus_or_over_changed_copies_of_it() {
    for target in TARGETS {
        let inputs = [(target.seeds)(), corpus(target)].concat();
        let mut rng = Pcg64::seed_from_u64(1);
        for input in &inputs {
            run(target, input);
        }
        for number in 0..CHANGED_INPUTS {
            let mut input = inputs[number % inputs.len()].clone();
            for _ in 0..rng.random_range(1..=MOST_CHANGES) {
                change(&mut input, &mut rng);
            }
            run(target, &input);
        }
    }
}

#[test]
fn seeds_are_valid() {
    for target in TARGETS {
        for (number, seed) in (target.seeds)().iter().enumerate() {
            assert!((target.run)(seed), "seed {number} of {}", target.name);
        }
    }
}

/// Runs a target, and prints the input over which it panics.
fn run(target: Target, input: &[u8]) {
    let outcome = catch_unwind(|| (target.run)(input));
    assert!(outcome.is_ok(), "{} panics over {input:?}", target.name);
}

/// The inputs that fuzzing found to be worth keeping. Not every target has some.
fn corpus(target: Target) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target.name);
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Changes an input in one place, as fuzzers do.
fn change(input: &mut Vec<u8>, rng: &mut Pcg64) {
    let at = rng.random_range(0..=input.len());
    match rng.random_range(0..4) {
        0 if at < input.len() => input[at] ^= 1 << rng.random_range(0..8),
        1 if at < input.len() => input[at] = rng.random(),
        2 => input.truncate(at),
        _ => input.insert(at, rng.random()),
    }
}
