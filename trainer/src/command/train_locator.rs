//! `trainer train-locator`: from scenes to a model file that finds cards.

use std::fs;

use anyhow::Context as _;

use crate::cli::LocatorArgs;
use crate::data::dataset::Dataset;
use crate::locator::measure::LocatorScore;
use crate::tasks::locator::model_files::export;

/// Runs the command.
///
/// # Errors
/// An option can't be used, a file can't be read or written, or training fails.
pub fn run(args: &LocatorArgs) -> anyhow::Result<()> {
    let out = &args.out;
    fs::create_dir_all(out).with_context(|| format!("can't create the folder {out:?}"))?;
    let data = args.data.as_deref().map(Dataset::scan).transpose()?;
    let fingerprint = match &data {
        Some(data) => data.fingerprint().context("can't read the data set")?,
        None => "drawn".to_owned(),
    };
    if !args.export_only {
        train(args, data.as_ref(), &fingerprint)?;
    }
    let [detected, refined] = export(&args.recipe(), out, &fingerprint)?;
    log_score("detector alone", detected);
    log_score("detector and refiner", refined);
    Ok(())
}

#[cfg(feature = "torch")]
fn train(args: &LocatorArgs, data: Option<&Dataset>, data_fingerprint: &str) -> anyhow::Result<()> {
    use crate::export::stored::weights_of_file;
    use crate::run::files::EarlierRun;
    use crate::tasks::locator::LocatorRunFiles;
    use crate::tasks::locator::data::LocatorData;
    use crate::tasks::locator::sources::load_stock;
    use crate::tasks::locator::train::{LocatorStart, train};
    use crate::torch::{device, threads};
    use common::model::LocatorInfo;

    threads::set_threads(args.threads)?;
    let device = device::choose(&args.device)?;
    let files = LocatorRunFiles::new(&args.out);
    let earlier_run = EarlierRun::from_options(args.resume, args.overwrite);
    earlier_run.check(&args.out, &files.both())?;
    let recipe = args.recipe();
    let sources = args.images.sources(data, None);
    let stock = load_stock(&recipe.stock, recipe.seed, &sources)?;
    earlier_run.discard(&files.both())?;
    let data = LocatorData { recipe: &recipe, stock: &stock, data_fingerprint };
    let folded = match &args.start_from {
        Some(path) => Some(weights_of_file::<LocatorInfo>(path)?.1),
        None => None,
    };
    train(&data, &LocatorStart { folded }, earlier_run, device, &args.out)?;
    Ok(())
}

#[cfg(not(feature = "torch"))]
fn train(_: &LocatorArgs, _: Option<&Dataset>, _: &str) -> anyhow::Result<()> {
    super::needs_libtorch("training (without --export-only)")
}

fn log_score(networks: &str, score: LocatorScore) {
    let LocatorScore { cards, found, exact, invented } = score;
    log::info!(
        "{networks}, int8: {found} of {cards} drawn cards found, {exact} with all corners within \
         2 % of the diagonal; {invented} invented"
    );
}
