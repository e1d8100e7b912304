//! Model files that the trainer writes: tract computes what the layers say, and every
//! damaged one is refused by name.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use common::model::{Classifier, ModelError, ModelInfo};
use common::{ClassMap, Score};
use prost::Message as _;
use tract_onnx::pb::ModelProto;
use trainer::arch::{Arch, BATCH_NORM_EPSILON, Conv, Layer, Linear};
use trainer::export::{Storage, to_onnx};
use trainer::weights::{Array, Weights};

const SIDE: u32 = 8;

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

/// Every kind of layer once.
fn layers() -> Vec<Layer> {
    let conv = |name: &str, inputs, outputs, kernel, stride, relu| Conv {
        name: name.into(),
        inputs,
        outputs,
        kernel,
        stride,
        bias: name == "stem",
        relu,
    };
    vec![
        Layer::Conv(conv("stem", 3, 4, 3, 1, true)),
        Layer::MaxPool,
        Layer::Residual {
            body: vec![conv("a", 4, 6, 3, 2, true), conv("b", 6, 6, 3, 1, false)],
            shortcut: Some(conv("shortcut", 4, 6, 1, 2, false)),
        },
        Layer::Residual { body: vec![conv("c", 6, 6, 3, 1, false)], shortcut: None },
        Layer::Flatten,
        Layer::Dropout(0.5),
        Layer::Linear(Linear { name: "hidden".into(), inputs: 24, outputs: 5, relu: true }),
        Layer::Linear(Linear { name: "out".into(), inputs: 5, outputs: 3, relu: false }),
    ]
}

/// Numbers without a pattern, the same at every run.
fn noise(seed: usize, n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) as f32 * 0.618).sin() * 0.4).collect()
}

fn weights(layers: &[Layer]) -> Weights {
    let mut weights = Weights::new();
    let mut add = |name: String, shape: &[usize], values: Vec<f32>| {
        weights.insert(name, Array { shape: shape.to_vec(), values });
    };
    let mut convs = Vec::new();
    for layer in layers {
        match layer {
            Layer::Conv(conv) => convs.push(conv),
            Layer::Residual { body, shortcut } => convs.extend(body.iter().chain(shortcut)),
            Layer::Linear(Linear { name, inputs, outputs, .. }) => {
                add(format!("{name}.weight"), &[*outputs, *inputs], noise(1, inputs * outputs));
                add(format!("{name}.bias"), &[*outputs], noise(2, *outputs));
            }
            _ => {}
        }
    }
    for (seed, Conv { name, inputs, outputs, kernel, bias, .. }) in convs.into_iter().enumerate() {
        let shape = [*outputs, *inputs, *kernel, *kernel];
        add(format!("{name}.weight"), &shape, noise(seed, shape.iter().product()));
        if *bias {
            add(format!("{name}.bias"), &[*outputs], noise(seed + 10, *outputs));
        }
        for (part, offset) in
            [("weight", 1.0), ("bias", 0.0), ("running_mean", 0.0), ("running_var", 1.0)]
        {
            let values = noise(seed + part.len(), *outputs).iter().map(|v| v + offset).collect();
            add(format!("{name}.bn.{part}"), &[*outputs], values);
        }
    }
    weights
}

/// `[channels][row][column]`
type Maps = Vec<Vec<Vec<f32>>>;

fn conv(x: &Maps, conv: &Conv, weights: &Weights) -> Maps {
    let get = |part: &str| &weights[&format!("{}.{part}", conv.name)].values;
    let (side, pad) = (x[0].len() as i64, conv.kernel as i64 / 2);
    let out_side = (side as usize).div_ceil(conv.stride);
    let value = |o: usize, row: usize, column: usize| {
        let mut sum = if conv.bias { get("bias")[o] } else { 0.0 };
        for (i, map) in x.iter().enumerate() {
            for kr in 0..conv.kernel {
                for kc in 0..conv.kernel {
                    let r = (row * conv.stride + kr) as i64 - pad;
                    let c = (column * conv.stride + kc) as i64 - pad;
                    if (0..side).contains(&r) && (0..side).contains(&c) {
                        let at = ((o * conv.inputs + i) * conv.kernel + kr) * conv.kernel + kc;
                        sum += get("weight")[at] * map[r as usize][c as usize];
                    }
                }
            }
        }
        let deviation = (get("bn.running_var")[o] + BATCH_NORM_EPSILON as f32).sqrt();
        let y =
            (sum - get("bn.running_mean")[o]) / deviation * get("bn.weight")[o] + get("bn.bias")[o];
        if conv.relu { y.max(0.0) } else { y }
    };
    (0..conv.outputs)
        .map(|o| (0..out_side).map(|r| (0..out_side).map(|c| value(o, r, c)).collect()).collect())
        .collect()
}

/// The layers in plain loops, from 0..255 pixels to logits.
fn reference(pixels: &[u8], layers: &[Layer], weights: &Weights) -> Vec<f32> {
    let side = SIDE as usize;
    let mean = [0.485, 0.456, 0.406];
    let deviation = [0.229, 0.224, 0.225];
    let mut x: Maps = (0..3)
        .map(|channel| {
            let normal = |r: usize, c: usize| {
                let level = f32::from(pixels[(r * side + c) * 3 + channel]) / 255.0;
                (level - mean[channel]) / deviation[channel]
            };
            (0..side).map(|r| (0..side).map(|c| normal(r, c)).collect()).collect()
        })
        .collect();
    let mut flat: Vec<f32> = Vec::new();
    for layer in layers {
        match layer {
            Layer::Conv(layer) => x = conv(&x, layer, weights),
            Layer::MaxPool => {
                let largest = |map: &Vec<Vec<f32>>, r: usize, c: usize| {
                    [(0, 0), (0, 1), (1, 0), (1, 1)]
                        .map(|(dr, dc)| map[2 * r + dr][2 * c + dc])
                        .into_iter()
                        .fold(f32::MIN, f32::max)
                };
                let half = x[0].len() / 2;
                x = x
                    .iter()
                    .map(|map| {
                        (0..half).map(|r| (0..half).map(|c| largest(map, r, c)).collect()).collect()
                    })
                    .collect();
            }
            Layer::Residual { body, shortcut } => {
                let added = shortcut.as_ref().map_or(x.clone(), |layer| conv(&x, layer, weights));
                let y = body.iter().fold(x.clone(), |x, layer| conv(&x, layer, weights));
                let sum = |(a, b): (&f32, &f32)| (a + b).max(0.0);
                x = y
                    .iter()
                    .zip(&added)
                    .map(|(y, a)| {
                        y.iter().zip(a).map(|(y, a)| y.iter().zip(a).map(sum).collect()).collect()
                    })
                    .collect();
            }
            Layer::Flatten => flat = x.iter().flatten().flatten().copied().collect(),
            Layer::Linear(Linear { name, relu, .. }) => {
                let weight = &weights[&format!("{name}.weight")].values;
                let bias = &weights[&format!("{name}.bias")].values;
                flat = weight
                    .chunks(flat.len())
                    .zip(bias)
                    .map(|(row, bias)| {
                        let y = bias + row.iter().zip(&flat).map(|(w, x)| w * x).sum::<f32>();
                        if *relu { y.max(0.0) } else { y }
                    })
                    .collect();
            }
            Layer::GlobalAveragePool | Layer::Dropout(_) => {}
        }
    }
    flat
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
fn tract_computes_what_the_layers_say() {
    let classifier = Classifier::from_bytes(&model(Storage::F32), "f32").unwrap();
    let wanted = reference(&pixels(), &layers(), &weights(&layers()));
    let found = classifier.logits(&pixels()).unwrap();
    assert!(largest_difference(&found, &wanted) < 1e-4, "{found:?} {wanted:?}");
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
fn the_compact_network_is_a_byte_a_weight() {
    let layers = Arch::Compact.layers(160, 53);
    let info = ModelInfo {
        classes: ClassMap::new(common::Card::all().map(|card| card.to_string())),
        side: 160,
        ..info()
    };
    let bytes = to_onnx(&[(layers.clone(), &weights(&layers))], Storage::Int8, &info).unwrap();
    let parameters = trainer::arch::parameters(&layers);
    assert!(bytes.len() > parameters && bytes.len() < parameters + 60_000, "{}", bytes.len());
}

/// A layer above tract's limit for folding constants keeps no dequantisation.
#[test]
fn large_int8_layers_are_dequantised_at_load() {
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

/// The model with one thing changed.
fn changed(change: impl FnOnce(&mut ModelProto)) -> Vec<u8> {
    let mut proto = ModelProto::decode(model(Storage::Int8).as_slice()).unwrap();
    change(&mut proto);
    proto.encode_to_vec()
}

#[test]
fn a_cut_file_is_refused_wherever_it_is_cut() {
    let whole = model(Storage::Int8);
    for length in (0..whole.len()).step_by(97) {
        let error = error(&whole[..length]);
        assert!(error.to_string().contains("broken.onnx"), "{length}: {error}");
    }
}

#[test]
fn missing_metadata_is_named() {
    let bytes = changed(|proto| proto.metadata_props.retain(|p| p.key != "cardsight.temperature"));
    let error = error(&bytes);
    assert!(matches!(error, ModelError::MissingKey { .. }), "{error}");
    assert!(error.to_string().contains("cardsight.temperature"), "{error}");
}

#[test]
fn another_version_is_refused_as_such() {
    let bytes = changed(|proto| {
        let format = proto.metadata_props.iter_mut().find(|p| p.key.ends_with("format_version"));
        format.unwrap().value = "2".into();
    });
    assert!(matches!(error(&bytes), ModelError::Version { found: 2, .. }));
}

#[test]
fn metadata_that_contradicts_the_tensors_is_refused() {
    let bytes = changed(|proto| {
        let side = proto.metadata_props.iter_mut().find(|p| p.key.ends_with("input_side"));
        side.unwrap().value = "16".into();
    });
    let error = error(&bytes);
    assert!(matches!(error, ModelError::Contradiction { .. }), "{error}");
    assert!(error.to_string().contains("[1, 3, 8, 8]"), "{error}");
}

#[test]
fn values_of_no_use_are_refused_with_their_key() {
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
        assert!(matches!(error, ModelError::BadValue { .. }), "{key}: {error}");
        assert!(error.to_string().contains(key), "{error}");
    }
}

#[test]
fn damaged_tensors_are_named() {
    let cut = changed(|proto| {
        let tensor = &mut proto.graph.as_mut().unwrap().initializer[2];
        tensor.raw_data.pop();
    });
    assert!(matches!(error(&cut), ModelError::Tensor { .. }), "{}", error(&cut));
    let not_a_number = changed(|proto| {
        let tensor = &mut proto.graph.as_mut().unwrap().initializer[0];
        tensor.raw_data[..4].copy_from_slice(&f32::NAN.to_le_bytes());
    });
    assert!(matches!(error(&not_a_number), ModelError::Tensor { .. }));
}

#[test]
fn a_graph_with_a_loose_end_is_refused() {
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
