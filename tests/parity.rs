//! libtorch and tract compute the same from the same weights, for both architectures.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use common::model::{Classifier, ModelInfo};
use common::{Card, ClassMap, Score};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};
use trainer::arch::Arch;
use trainer::export::{Storage, to_onnx};
use trainer::input::normalized;
use trainer::loader::Batch;
use trainer::network::Network;
use trainer::weights::from_store;

const SIDE: u32 = 64;
const CLASSES: usize = 53;

/// What is allowed between a checkpoint and its f32 model file.
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
        let network = Network::new(&store.root(), &layers);
        // Moves BatchNorm's statistics away from where they start.
        let side = i64::from(SIDE);
        let noise = Tensor::randn([16, 3, side, side], (Kind::Float, Device::Cpu));
        let _ = tch::no_grad(|| network.forward(&noise, true));

        let bytes = to_onnx(&[(layers, &from_store(&store))], Storage::F32, &info()).unwrap();
        let classifier = Classifier::from_bytes(&bytes, arch.name()).unwrap();
        let pixels: Vec<u8> = (0..SIDE * SIDE * 3).map(|i| (i * 31 % 253) as u8).collect();
        let device = classifier.logits(&pixels).unwrap();
        let batch = Batch { side: SIDE, pixels, labels: vec![0] };
        let input = normalized(&batch, Kind::Float, Device::Cpu);
        let logits = tch::no_grad(|| network.forward(&input, false)).flatten(0, -1);
        let trained = Vec::<f32>::try_from(logits).unwrap();
        let differences = trained.iter().zip(&device).map(|(a, b)| (a - b).abs());
        let largest = differences.fold(0.0, f32::max);
        assert!(largest <= LARGEST_DIFFERENCE, "{}: {largest}", arch.name());
    }
}
