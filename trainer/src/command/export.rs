//! `trainer export`: writes the two model files of a checkpoint.

use std::fs;

use anyhow::Context as _;
use common::model::ModelInfo;

use crate::checkpoint::Checkpoint;
use crate::cli::ExportArgs;
use crate::data::dataset::Dataset;
use crate::data::held_out::{HeldOutImages, split_of_training};
use crate::export::blend::blended;
use crate::export::model_files;
use crate::export::stored::weights_of_file;

/// Runs the command.
pub fn run(args: &ExportArgs) -> anyhow::Result<()> {
    let ExportArgs { checkpoint: path, calibrate: root, out, max_lost, .. } = args;
    let mut checkpoint = Checkpoint::read(path)?;
    if let Some(start) = &args.blend_with {
        let (_, weights) = weights_of_file::<ModelInfo>(start)?;
        checkpoint = blended(&checkpoint, &weights, args.blend_share)
            .with_context(|| format!("can't blend {path:?} with {start:?}"))?;
    }
    let data = Dataset::scan(root)?;
    let split = split_of_training(&checkpoint, &data)
        .with_context(|| format!("can't calibrate {path:?} on {root:?}"))?;
    if let Some(folder) = out.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("can't create the folder {folder:?}"))?;
    }
    let held_out = HeldOutImages::decode(&data, &split.valid, checkpoint.side)?;
    model_files::write(&checkpoint, &held_out, out, *max_lost)?;
    Ok(())
}
