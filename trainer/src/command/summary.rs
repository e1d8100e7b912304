//! `trainer summary`: prints what each layer of the networks computes and costs.

use common::output::{OutputError, print};

use crate::arch::Arch;
use crate::cli::SummaryArgs;
use crate::recipe::Recipe;
use crate::summary::NetworkSummary;

/// Runs the command.
///
/// # Errors
/// The standard output can't be written.
pub fn run(args: &SummaryArgs) -> Result<(), OutputError> {
    let archs = args.arch.map_or(vec![Arch::Baseline, Arch::Compact], |arch| vec![arch]);
    let tables: Vec<String> = archs.into_iter().map(|arch| table(args, arch)).collect();
    print(&tables.join("\n"))
}

fn table(args: &SummaryArgs, arch: Arch) -> String {
    let mut recipe = Recipe::of(arch);
    recipe.side = args.side.unwrap_or(recipe.side);
    NetworkSummary::new(&recipe, args.classes).text()
}
