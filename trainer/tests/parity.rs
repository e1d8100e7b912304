//! libtorch and tract compute the same logits from the same weights, for both architectures.

#![cfg(feature = "torch")]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use common::model::{Classifier, ModelInfo};
use common::{Card, ClassMap, Score, Size};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};
use trainer::arch::Arch;
use trainer::export::{Storage, to_onnx};
use trainer::torch::network::TorchNetwork;
use trainer::torch::tensors::{from_store, normalized_pixels};

const SIDE: u32 = 64;
const CLASSES: usize = 53;

/// The largest difference that is allowed between the logits of a checkpoint and those of its
/// f32 model file.
const LARGEST_DIFFERENCE: f32 = 1e-3;

fn info() -> ModelInfo {
    ModelInfo {
        classes: ClassMap::new(Card::all().map(|card| card.to_string())),
        side: SIDE,
        temperature: 1.0,
        accept_threshold: 0.5,
        architecture: "test".into(),
        weights: "f32".into(),
        data_fingerprint: "00".into(),
        valid_f32: Score::default(),
        valid_int8: Score::default(),
        seed: 0,
        project_version: "0.0.0".into(),
        self_test: None,
    }
}

#[test]
fn a_checkpoint_and_its_model_file_give_the_same_logits() {
    for arch in [Arch::Baseline, Arch::Compact] {
        tch::manual_seed(5);
        let store = VarStore::new(Device::Cpu);
        let layers = arch.layers(SIDE, CLASSES);
        let network = TorchNetwork::new(&store.root(), &layers);
        // A training step moves the statistics of the BatchNorms away from their initial values.
        let side = i64::from(SIDE);
        let noise = Tensor::randn([16, 3, side, side], (Kind::Float, Device::Cpu));
        let _ = tch::no_grad(|| network.forward(&noise, true));

        let bytes = to_onnx(&[(layers, &from_store(&store))], Storage::F32, &info()).unwrap();
        let classifier = Classifier::from_bytes(&bytes, arch.name()).unwrap();
        let pixels: Vec<u8> = (0..SIDE * SIDE * 3).map(|i| (i * 31 % 253) as u8).collect();
        let device = classifier.logits(&pixels).unwrap();
        let input = normalized_pixels(&pixels, Size::square(SIDE), Kind::Float, Device::Cpu);
        let logits = tch::no_grad(|| network.forward(&input, false)).flatten(0, -1);
        let trained = Vec::<f32>::try_from(logits).unwrap();
        let differences = trained.iter().zip(&device).map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f32::max);
        assert!(largest <= LARGEST_DIFFERENCE, "{}: {largest}", arch.name());
    }
}
