//! The order of a crate's modules, as its `lib.rs` declares it, and what breaks it.
//!
//! The declaration is part of the crate's documentation: a line that contains "layers", then a
//! numbered list. Each entry names modules in backticks, with or without a link, as `decide` or
//! `decide::tracker`, which is a layer of its own within `decide`. Without more, the list goes
//! from the top to the bottom, and a module imports neither from a higher layer nor from another
//! module of its own layer. Where the line contains "lowest to the highest", the list goes from
//! the bottom to the top, and within an entry, too, a module imports only from those before it.

use std::collections::BTreeMap;

use super::modules::{Import, Modules};

/// The rank of each declared module; a module may import from those with a higher rank.
#[derive(Debug)]
pub struct Layers(BTreeMap<Vec<String>, usize>);

impl Layers {
    /// Reads the declaration in the text of a `lib.rs`; `None` when there is none.
    pub fn declared(text: &str, modules: &Modules) -> Option<Self> {
        let mut docs = text.lines().filter_map(|line| line.trim().strip_prefix("//!"));
        let title = docs.find(|line| line.to_lowercase().contains("layers"))?;
        let is_from_bottom = title.contains("lowest to the highest");
        let mut ranks = BTreeMap::new();
        let (mut entry, mut position) = (0, 0_usize);
        for line in docs.map(str::trim) {
            if starts_with_number(line) {
                entry += 1;
            } else if entry > 0 && line.is_empty() {
                break;
            }
            if entry == 0 {
                continue;
            }
            for module in names_in_backticks(line).filter(|name| modules.contains(name)) {
                position += 1;
                let rank = if is_from_bottom { usize::MAX - position } else { entry };
                ranks.entry(module).or_insert(rank);
            }
        }
        (!ranks.is_empty()).then_some(Self(ranks))
    }

    /// One line for each import that goes up or sideways, and for each module without a layer.
    pub fn violations(&self, modules: &Modules, imports: &[Import]) -> Vec<String> {
        let mut violations = Vec::new();
        for import in imports {
            let (from, to) = (modules.module_of(&import.from), modules.module_of(&import.to));
            // The root declares everything.
            if from.is_empty() || to.is_empty() {
                continue;
            }
            match (self.layer_of(from), self.layer_of(to)) {
                (Some((from, upper)), Some((to, lower))) => {
                    if from != to && lower <= upper {
                        violations.push(format!(
                            "{}:{}: {} imports {}, which is not in a lower layer",
                            import.from.display(),
                            import.line,
                            from.join("::"),
                            to.join("::"),
                        ));
                    }
                }
                (None, _) => violations.push(format!("module {} is in no layer", from.join("::"))),
                (_, None) => violations.push(format!("module {} is in no layer", to.join("::"))),
            }
        }
        violations.sort();
        violations.dedup();
        violations
    }

    /// The declared module that contains a module, with its rank.
    fn layer_of(&self, module: &[String]) -> Option<(&[String], usize)> {
        (1..=module.len()).rev().find_map(|length| {
            let (name, rank) = self.0.get_key_value(&module[..length])?;
            Some((name.as_slice(), *rank))
        })
    }
}

fn starts_with_number(line: &str) -> bool {
    line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

/// Paths of modules such as `run::engine`, taken apart at their separators.
fn names_in_backticks(line: &str) -> impl Iterator<Item = Vec<String>> {
    line.split('`').skip(1).step_by(2).map(|name| name.split("::").map(str::to_owned).collect())
}
