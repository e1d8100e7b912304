//! Model files that the trainer writes: tract computes what the layers describe, and the error
//! about a damaged file names the file and the damage.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod reference;

use common::model::{Classifier, ModelError, ModelErrorKind, ModelInfo};
use common::{ClassMap, Score, Size};
use prost::Message as _;
use tract_onnx::pb::ModelProto;
use trainer::arch::{Arch, Layer, Linear};
use trainer::cost::NetworkCost;
use trainer::export::{Storage, to_onnx};

use reference::{SIDE, layers, reference, weights};

fn info() -> ModelInfo {
    ModelInfo {
        classes: ClassMap::new(["ace of clubs", "joker", "two of spades"].map(str::to_owned)),
        side: SIDE,
        temperature: 1.5,
        accept_threshold: 0.8,
        architecture: "test".into(),
        weights: "f32".into(),
        data_fingerprint: "00".into(),
        valid_f32: Score { right: 9, total: 10 },
        valid_int8: Score { right: 8, total: 10 },
        seed: 7,
        project_version: "0.0.0".into(),
        self_test: None,
    }
}

fn pixels() -> Vec<u8> {
    (0..SIDE * SIDE * 3).map(|i| (i * 37 % 251) as u8).collect()
}

fn model(storage: Storage) -> Vec<u8> {
    to_onnx(&[(layers(), &weights(&layers()))], storage, &info()).unwrap()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn tract_computes_what_the_layers_describe() {
    let classifier = Classifier::from_bytes(&model(Storage::F32), "f32").unwrap();
    let expected = reference(&pixels(), &layers(), &weights(&layers()));
    let found = classifier.logits(&pixels()).unwrap();
    assert!(largest_difference(&found, &expected) < 1e-4, "{found:?} {expected:?}");
}

#[test]
fn int8_weights_change_logits_little() {
    let [f32, int8] = [Storage::F32, Storage::Int8].map(|storage| {
        Classifier::from_bytes(&model(storage), "x").unwrap().logits(&pixels()).unwrap()
    });
    let difference = largest_difference(&f32, &int8);
    assert!(difference > 0.0 && difference < 0.05, "{difference}");
}

#[test]
fn metadata_reads_back_as_it_was_written() {
    let classifier = Classifier::from_bytes(&model(Storage::F32), "x").unwrap();
    assert_eq!(classifier.info(), &info());
}

#[test]
fn the_compact_network_takes_one_byte_per_weight() {
    let layers = Arch::Compact.layers(160, 53);
    let info = ModelInfo {
        classes: ClassMap::new(common::Card::all().map(|card| card.to_string())),
        side: 160,
        ..info()
    };
    let bytes = to_onnx(&[(layers.clone(), &weights(&layers))], Storage::Int8, &info).unwrap();
    let parameters = NetworkCost::new(&layers, Size::square(160)).parameters();
    assert!(bytes.len() > parameters && bytes.len() < parameters + 60_000, "{}", bytes.len());
}

/// tract does not fold the constants of layers above a certain size, so the loader must do it.
#[test]
fn large_int8_layers_are_dequantised_when_the_file_is_loaded() {
    let layers = [
        Layer::Flatten,
        Layer::Linear(Linear { name: "wide".into(), inputs: 192, outputs: 6000, relu: true }),
        Layer::Linear(Linear { name: "out".into(), inputs: 6000, outputs: 3, relu: false }),
    ];
    let bytes = to_onnx(&[(layers.to_vec(), &weights(&layers))], Storage::Int8, &info()).unwrap();
    let classifier = Classifier::from_bytes(&bytes, "wide").unwrap();
    assert!(classifier.logits(&pixels()).is_ok());
    assert!(!classifier.operators().iter().any(|op| op.contains("Dequant") || op.contains("Cast")));
}

fn error(bytes: &[u8]) -> ModelError {
    Classifier::from_bytes(bytes, "broken.onnx").unwrap_err()
}

/// The int8 model file after a change.
fn changed(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut proto = ModelProto::decode(model(Storage::Int8).as_slice()).unwrap();
    change(&mut proto);
    proto.encode_to_vec()
}

#[test]
fn a_truncated_file_is_refused_at_every_length() {
    let complete = model(Storage::Int8);
    for length in (0..complete.len()).step_by(97) {
        let error = error(&complete[..length]);
        assert!(error.to_string().contains("broken.onnx"), "{length}: {error}");
    }
}

#[test]
fn the_error_names_missing_metadata() {
    let bytes = changed(|proto| proto.metadata_props.retain(|p| p.key != "cardsight.temperature"));
    let error = error(&bytes);
    assert!(matches!(error.kind, ModelErrorKind::MissingKey { .. }), "{error}");
    assert!(error.to_string().contains("cardsight.temperature"), "{error}");
}

#[test]
fn the_error_names_another_format_version() {
    let bytes = changed(|proto| {
        let format = proto.metadata_props.iter_mut().find(|p| p.key.ends_with("format_version"));
        format.unwrap().value = "3".into();
    });
    assert!(matches!(error(&bytes).kind, ModelErrorKind::Version { found: 3, .. }));
}

#[test]
fn metadata_that_contradicts_the_tensors_is_refused() {
    let bytes = changed(|proto| {
        let side = proto.metadata_props.iter_mut().find(|p| p.key.ends_with("input_side"));
        side.unwrap().value = "16".into();
    });
    let error = error(&bytes);
    assert!(matches!(error.kind, ModelErrorKind::Contradiction { .. }), "{error}");
    assert!(error.to_string().contains("[1, 3, 8, 8]"), "{error}");
}

#[test]
fn the_error_names_the_key_of_an_invalid_value() {
    for (key, value) in [
        ("temperature", "-1"),
        ("accept_threshold", "2"),
        ("classes", "[\"joker\", \"ace of clubs\"]"),
        ("valid_int8", "11/10"),
        ("input_layout", "NHWC"),
    ] {
        let bytes = changed(|proto| {
            let entry = proto.metadata_props.iter_mut().find(|p| p.key.ends_with(key));
            entry.unwrap().value = value.into();
        });
        let error = error(&bytes);
        assert!(matches!(error.kind, ModelErrorKind::BadValue { .. }), "{key}: {error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn the_error_names_damaged_tensors() {
    let cut = changed(|proto| {
        let tensor = &mut proto.graph.as_mut().unwrap().initializer[2];
        tensor.raw_data.pop();
    });
    assert!(matches!(error(&cut).kind, ModelErrorKind::Tensor { .. }), "{}", error(&cut));
    let not_a_number = changed(|proto| {
        let tensor = &mut proto.graph.as_mut().unwrap().initializer[0];
        tensor.raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(matches!(error(&not_a_number).kind, ModelErrorKind::Tensor { .. }));
}

#[test]
fn the_error_names_a_missing_connection_of_the_graph() {
    let bytes = changed(|proto| {
        let node = proto.graph.as_mut().unwrap().node.last_mut().unwrap();
        node.input[0] = "nowhere".into();
    });
    assert!(error(&bytes).to_string().contains("nowhere"));
    let bytes = changed(|proto| {
        proto.graph.as_mut().unwrap().node.pop();
    });
    assert!(error(&bytes).to_string().contains("logits"));
}
