//! The weights of a model file as those of a network in training. A model file has each
//! BatchNorm folded into the convolution before it; training needs it back.

use common::Size;
use tch::nn::VarStore;
use tch::{Device, Kind};

use crate::arch::Layer;
use crate::torch::network::TorchNetwork;
use crate::torch::tensors::{from_store, into_tensor, normalized_pixels};
use crate::weights::{Weights, WeightsError};

/// Weights whose network computes the same as the folded ones. The statistics of each BatchNorm
/// are those of `pixels`: RGB images of this size, a few hundred images as they are trained on.
///
/// # Errors
/// The folded weights belong to another network.
pub fn unfold(
    layers: &[Layer],
    folded: &Weights,
    pixels: &[u8],
    size: Size,
) -> Result<Weights, WeightsError> {
    let store = VarStore::new(Device::Cpu);
    let network = TorchNetwork::new(&store.root(), layers);
    let names: Vec<String> = store.variables().into_keys().collect();
    // The folded bias is the one that BatchNorm adds; a bias before BatchNorm stays zero.
    let is_before_norm = |name: &str| {
        let conv = name.strip_suffix(".bias");
        conv.is_some_and(|conv| names.contains(&format!("{conv}.bn.bias")))
    };
    for (name, mut tensor) in store.variables() {
        match name.rsplit_once(".bn.") {
            Some((conv, "bias")) => into_tensor(folded, &format!("{conv}.bias"), &mut tensor)?,
            Some(_) => {}
            None if is_before_norm(&name) => {
                let _ = tch::no_grad(|| tensor.zero_());
            }
            None => into_tensor(folded, &name, &mut tensor)?,
        }
    }
    let pixels = normalized_pixels(pixels, size, Kind::Float, Device::Cpu);
    tch::no_grad(|| network.adopt_statistics(&pixels));
    Ok(from_store(&store))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;
    use crate::export::fold::{ExportConv, ExportLayer, fold};
    use crate::weights::Array;
    use tch::Tensor;

    fn is_close(a: &Tensor, b: &Tensor, tolerance: f64) -> bool {
        (a - b).abs().max().double_value(&[]) < tolerance
    }

    /// The tensors of exported layers by name, as a model file holds them.
    fn folded(layers: &[ExportLayer]) -> Weights {
        let mut weights = Weights::new();
        let mut add = |name: &str, weight: &Array, bias: &Array| {
            weights.insert(format!("{name}.weight"), weight.clone());
            weights.insert(format!("{name}.bias"), bias.clone());
        };
        for layer in layers {
            match layer {
                ExportLayer::Conv(ExportConv { conv, weight, bias }) => {
                    add(&conv.name, weight, bias);
                }
                ExportLayer::Residual { body, shortcut } => {
                    for ExportConv { conv, weight, bias } in body.iter().chain(shortcut) {
                        add(&conv.name, weight, bias);
                    }
                }
                ExportLayer::Linear(linear) => {
                    add(&linear.linear.name, &linear.weight, &linear.bias);
                }
                _ => {}
            }
        }
        weights
    }

    #[test]
    fn unfolded_weights_compute_what_the_folded_ones_did_also_in_training() {
        tch::manual_seed(3);
        for arch in [Arch::Baseline, Arch::Compact] {
            let layers: Vec<Layer> = arch
                .layers(32, 5)
                .into_iter()
                .filter(|layer| !matches!(layer, Layer::Dropout(_)))
                .collect();
            let store = VarStore::new(Device::Cpu);
            let network = TorchNetwork::new(&store.root(), &layers);
            let bytes: Vec<u8> = (0..16 * 3 * 32 * 32_u32)
                .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
                .collect();
            let pixels = normalized_pixels(&bytes, Size::square(32), Kind::Float, Device::Cpu);
            tch::no_grad(|| {
                for _ in 0..20 {
                    let _ = network.forward(&pixels, true); // Gives the norms statistics of their own.
                }
            });
            let expected = tch::no_grad(|| network.forward(&pixels, false));
            let weights = folded(&fold(&layers, &from_store(&store)).unwrap());

            let unfolded = unfold(&layers, &weights, &bytes, Size::square(32)).unwrap();
            let again = VarStore::new(Device::Cpu);
            let network = TorchNetwork::new(&again.root(), &layers);
            crate::torch::tensors::into_store(&unfolded, &again).unwrap();
            let [evaluated, trained] =
                [false, true].map(|train| tch::no_grad(|| network.forward(&pixels, train)));
            assert!(is_close(&evaluated, &expected, 1e-3), "{arch:?}");
            assert!(is_close(&trained, &expected, 1e-2), "{arch:?}");
        }
    }
}
