//! The mean of two networks' weights: of one that was trained further, and of the one from which
//! that training started. It keeps more of what the earlier one knew, and most of what the later
//! one learned (M. Wortsman et al., "Robust fine-tuning of zero-shot models", arXiv:2109.01903).

use crate::arch::BATCH_NORM_EPSILON;
use crate::checkpoint::Checkpoint;
use crate::export::fold::{ExportConv, ExportLayer, ExportLinear, FoldError, fold};
use crate::weights::{Array, Weights};

/// The checkpoint with the share `start_share` (0..1) of the weights of the network from which its
/// training started. `start` are the weights of a model file, with folded BatchNorms. The
/// BatchNorms of the result change nothing but add their bias.
///
/// # Errors
/// The weights belong to different networks.
pub fn blended(
    checkpoint: &Checkpoint,
    start: &Weights,
    start_share: f32,
) -> Result<Checkpoint, FoldError> {
    let layers = checkpoint.arch.layers(checkpoint.side, checkpoint.classes.len());
    let blend = Blend { start, start_share };
    let mut weights = Weights::new();
    for layer in fold(&layers, &checkpoint.weights)? {
        match layer {
            ExportLayer::Conv(conv) => blend.add_conv(&mut weights, &conv)?,
            ExportLayer::Residual { body, shortcut } => {
                for conv in body.iter().chain(&shortcut) {
                    blend.add_conv(&mut weights, conv)?;
                }
            }
            ExportLayer::Linear(ExportLinear { linear, weight, bias }) => {
                let name = &linear.name;
                weights.insert(format!("{name}.weight"), blend.mean(name, "weight", &weight)?);
                weights.insert(format!("{name}.bias"), blend.mean(name, "bias", &bias)?);
            }
            ExportLayer::MaxPool | ExportLayer::GlobalAveragePool | ExportLayer::Flatten => {}
        }
    }
    Ok(Checkpoint { weights, ..checkpoint.clone() })
}

/// The network to blend with, and its share.
struct Blend<'a> {
    start: &'a Weights,
    start_share: f32,
}

impl Blend<'_> {
    fn add_conv(&self, weights: &mut Weights, folded: &ExportConv) -> Result<(), FoldError> {
        let ExportConv { conv, weight, bias } = folded;
        let name = &conv.name;
        let all =
            |value: f32| Array { shape: vec![conv.outputs], values: vec![value; conv.outputs] };
        weights.insert(format!("{name}.weight"), self.mean(name, "weight", weight)?);
        if conv.bias {
            weights.insert(format!("{name}.bias"), all(0.0));
        }
        // The gain of this BatchNorm is 1.
        weights.insert(format!("{name}.bn.weight"), all((1.0 + BATCH_NORM_EPSILON).sqrt() as f32));
        weights.insert(format!("{name}.bn.bias"), self.mean(name, "bias", bias)?);
        weights.insert(format!("{name}.bn.running_mean"), all(0.0));
        weights.insert(format!("{name}.bn.running_var"), all(1.0));
        Ok(())
    }

    fn mean(&self, layer: &str, part: &str, trained: &Array) -> Result<Array, FoldError> {
        let name = format!("{layer}.{part}");
        let Some(start) = self.start.get(&name) else { return Err(FoldError::Missing(name)) };
        if start.shape != trained.shape {
            let (found, expected) = (start.shape.clone(), trained.shape.clone());
            return Err(FoldError::Shape { name, found, expected });
        }
        let values = trained.values.iter().zip(&start.values);
        let share = self.start_share;
        let values = values.map(|(trained, start)| trained * (1.0 - share) + start * share);
        Ok(Array { shape: trained.shape.clone(), values: values.collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::{self, Arch, Layer};
    use common::{ClassMap, Score};

    fn array(shape: &[usize], value: f32) -> Array {
        Array { shape: shape.to_vec(), values: vec![value; shape.iter().product()] }
    }

    fn convs(layer: &Layer) -> Vec<&arch::Conv> {
        match layer {
            Layer::Conv(conv) => vec![conv],
            Layer::Residual { body, shortcut } => body.iter().chain(shortcut).collect(),
            _ => Vec::new(),
        }
    }

    /// A network in training whose weights all are 4 and whose norms halve them, and the folded
    /// weights of another one, which all are 1.
    fn networks() -> (Checkpoint, Weights) {
        let (mut trained, mut start) = (Weights::new(), Weights::new());
        for layer in Arch::Compact.layers(32, 2) {
            for conv in convs(&layer) {
                let (name, outputs) = (&conv.name, [conv.outputs]);
                let shape = [conv.outputs, conv.inputs, conv.kernel, conv.kernel];
                trained.insert(format!("{name}.weight"), array(&shape, 4.0));
                let norm = [("weight", 0.5), ("bias", 3.0), ("running_mean", 0.0)];
                for (part, value) in norm {
                    trained.insert(format!("{name}.bn.{part}"), array(&outputs, value));
                }
                let variance = (1.0 - BATCH_NORM_EPSILON) as f32;
                trained.insert(format!("{name}.bn.running_var"), array(&outputs, variance));
                start.insert(format!("{name}.weight"), array(&shape, 1.0));
                start.insert(format!("{name}.bias"), array(&outputs, 1.0));
            }
            if let Layer::Linear(linear) = layer {
                for weights in [&mut trained, &mut start] {
                    let shape = [linear.outputs, linear.inputs];
                    weights.insert(format!("{}.weight", linear.name), array(&shape, 1.0));
                    weights.insert(format!("{}.bias", linear.name), array(&shape[..1], 1.0));
                }
            }
        }
        let checkpoint = Checkpoint {
            arch: Arch::Compact,
            side: 32,
            classes: ClassMap::new(["a", "b"].map(str::to_owned)),
            seed: 0,
            valid_share: 0.2,
            group_duplicates: false,
            data_fingerprint: String::new(),
            valid: Score::default(),
            weights: trained,
        };
        (checkpoint, start)
    }

    #[test]
    fn the_folded_weights_of_the_blend_are_the_mean_of_both() {
        let (checkpoint, start) = networks();
        let layers = checkpoint.arch.layers(32, 2);
        let blend = blended(&checkpoint, &start, 0.25).unwrap();
        let folded = fold(&layers, &blend.weights).unwrap();
        let ExportLayer::Conv(stem) = &folded[0] else { panic!("{:?}", folded[0]) };
        // 0.75 of 2 and 0.25 of 1; 0.75 of 3 and 0.25 of 1.
        assert!((stem.weight.values[0] - 1.75).abs() < 1e-4, "{}", stem.weight.values[0]);
        assert!((stem.bias.values[0] - 2.5).abs() < 1e-4, "{}", stem.bias.values[0]);
    }

    #[test]
    fn another_network_is_refused() {
        let (checkpoint, mut start) = networks();
        start.remove("stem.bias");
        assert!(matches!(blended(&checkpoint, &start, 0.5), Err(FoldError::Missing(_))));
    }
}
