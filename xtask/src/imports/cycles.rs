//! Finds circles in the graph of imports.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use super::modules::Import;

/// One circle for each group of files that import each other: a shortest one through the
/// first file of the group. No circle: an empty list.
pub fn cycles(imports: &[Import]) -> Vec<Vec<Import>> {
    let mut outgoing: BTreeMap<&Path, Vec<&Import>> = BTreeMap::new();
    for import in imports {
        outgoing.entry(&import.from).or_default().push(import);
    }
    let mut reported: BTreeSet<PathBuf> = BTreeSet::new();
    let mut cycles = Vec::new();
    for start in outgoing.keys() {
        if reported.contains(*start) {
            continue;
        }
        if let Some(cycle) = shortest_cycle(start, &outgoing) {
            reported.extend(cycle.iter().map(|import| import.from.clone()));
            cycles.push(cycle);
        }
    }
    cycles
}

/// Breadth first from `start` until an import leads back to it.
fn shortest_cycle(start: &Path, outgoing: &BTreeMap<&Path, Vec<&Import>>) -> Option<Vec<Import>> {
    let mut reached_by: BTreeMap<&Path, &Import> = BTreeMap::new();
    let mut waiting = VecDeque::from([start]);
    while let Some(file) = waiting.pop_front() {
        for import in outgoing.get(file).into_iter().flatten() {
            if import.to == start {
                let mut cycle = vec![(*import).clone()];
                while let Some(before) = reached_by.get(cycle[0].from.as_path()) {
                    cycle.insert(0, (*before).clone());
                }
                return Some(cycle);
            }
            if !reached_by.contains_key(import.to.as_path()) {
                reached_by.insert(&import.to, import);
                waiting.push_back(&import.to);
            }
        }
    }
    None
}
