//! Batches as tensors.

use common::prepare::{DEVIATION, MEAN};
use tch::{Device, Kind, Tensor};

use crate::loader::{Batch, NO_CARD};

/// `[N, 3, side, side]` normalised pixels, channels innermost in memory.
pub fn normalized(batch: &Batch, kind: Kind, device: Device) -> Tensor {
    normalized_pixels(&batch.pixels, [batch.side; 2], kind, device)
}

/// The same of RGB images of that width and height, one after the other.
pub fn normalized_pixels(pixels: &[u8], size: [u32; 2], kind: Kind, device: Device) -> Tensor {
    let [mean, deviation] = [MEAN, DEVIATION]
        .map(|values| (Tensor::from_slice(&values) * 255.0).to_device(device).view([1, 3, 1, 1]));
    let [width, height] = size.map(i64::from);
    let pixels = Tensor::from_slice(pixels)
        .to_device(device)
        .view([-1, height, width, 3])
        .permute([0, 3, 1, 2])
        .to_kind(Kind::Float);
    ((pixels - mean) / deviation).to_kind(kind)
}

/// `[N, classes]`: what the network should answer. `smoothing` of each target is
/// spread evenly over all classes; where there is no card, all of it.
pub fn soft_targets(batch: &Batch, classes: i64, smoothing: f64, device: Device) -> Tensor {
    let labels = Tensor::from_slice(&batch.labels).to_device(device);
    let is_card = labels.not_equal(NO_CARD).to_kind(Kind::Float).unsqueeze(-1);
    let spread = Tensor::full_like(&is_card, smoothing / classes as f64);
    let evenly = 1.0 / classes as f64;
    let one_hot = labels.clamp_min(0).one_hot(classes).to_kind(Kind::Float);
    let card = one_hot * (1.0 - smoothing) + spread;
    &is_card * card + (1.0 - &is_card) * evenly
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pixels_are_normalised_channel_by_channel() {
        let batch = Batch { side: 1, pixels: vec![255, 0, 255], labels: vec![0] };
        let x = normalized(&batch, Kind::Float, Device::Cpu);
        assert_eq!(x.size(), [1, 3, 1, 1]);
        let x = Vec::<f32>::try_from(x.flatten(0, -1)).unwrap();
        let wanted = [(1.0 - 0.485) / 0.229, -0.456 / 0.224, (1.0 - 0.406) / 0.225];
        for (x, wanted) in x.iter().zip(wanted) {
            assert!((x - wanted).abs() < 1e-5, "{x} instead of {wanted}");
        }
    }

    #[test]
    fn a_image_without_card_wants_every_class_equally() {
        let batch = Batch { side: 0, pixels: vec![], labels: vec![1, NO_CARD] };
        let targets = soft_targets(&batch, 4, 0.2, Device::Cpu);
        let targets = Vec::<f32>::try_from(targets.flatten(0, -1)).unwrap();
        let wanted = [0.05, 0.85, 0.05, 0.05, 0.25, 0.25, 0.25, 0.25];
        for (target, wanted) in targets.iter().zip(wanted) {
            assert!((target - wanted).abs() < 1e-6, "{target} instead of {wanted}");
        }
    }
}
