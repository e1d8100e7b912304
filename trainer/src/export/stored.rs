//! The weights of a model file, in the trainer's own form.

use std::path::Path;

use common::model::file::{Metadata, read_bytes};
use common::model::{ModelError, StoredTensor, stored_weights};

use crate::weights::{Array, Weights};

/// How the names of tensors begin in locators of release 0.1 and 0.2, and how they begin now.
const RENAMED: [(&str, &str); 2] = [("whole_", "detector_"), ("close_", "refiner_")];

/// The metadata of a model file, and its weights by the names that `arch` gives them, with each
/// BatchNorm folded into the convolution before it.
///
/// # Errors
/// The file can't be read or is not a model file of this kind.
pub fn weights_of_file<I: Metadata>(path: &Path) -> Result<(I, Weights), ModelError> {
    let (info, tensors) = stored_weights(&read_bytes(path)?, &path.display().to_string())?;
    let array = |StoredTensor { shape, values }| Array { shape, values };
    let weights = tensors.into_iter().map(|(name, tensor)| (current_name(&name), array(tensor)));
    Ok((info, weights.collect()))
}

fn current_name(name: &str) -> String {
    let renamed = RENAMED.iter().find_map(|(old, new)| {
        let rest = name.strip_prefix(old)?;
        Some(format!("{new}{rest}"))
    });
    renamed.unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::fold::FoldError;
    use crate::locator::layers::{detector_layers, refiner_layers};
    use common::model::{LocatorInfo, ModelInfo};

    fn shipped(name: &str) -> std::path::PathBuf {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../models")).join(name)
    }

    /// The name of the first tensor that a network misses in folded weights.
    fn missing(layers: &[crate::arch::Layer], weights: &Weights) -> Option<String> {
        match crate::export::fold::fold(layers, weights) {
            Err(FoldError::Missing(name)) => Some(name),
            _ => None,
        }
    }

    #[test]
    fn the_shipped_files_have_the_tensors_of_todays_networks() {
        let (info, weights) = weights_of_file::<ModelInfo>(&shipped("cardsight.onnx")).unwrap();
        let layers = crate::arch::Arch::Compact.layers(info.side, info.classes.len());
        // Folded weights have everything but the BatchNorms.
        assert_eq!(missing(&layers, &weights).unwrap(), "stem.bn.weight");
        let (_, weights) = weights_of_file::<LocatorInfo>(&shipped("locator.onnx")).unwrap();
        assert_eq!(missing(&detector_layers(), &weights).unwrap(), "detector_stem.bn.weight");
        assert_eq!(missing(&refiner_layers(), &weights).unwrap(), "refiner_stem.bn.weight");
    }
}
