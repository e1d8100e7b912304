//! A small network with every kind of layer, its weights, and its result computed in plain
//! loops.

use trainer::arch::{BATCH_NORM_EPSILON, Conv, Layer, Linear};
use trainer::weights::{Array, Weights};

/// Width and height of the network's input in pixels.
pub const SIDE: u32 = 8;

/// A network with every kind of layer.
pub fn layers() -> Vec<Layer> {
    vec![
        Layer::Conv(Conv { bias: true, ..conv("stem", [3, 4], 3, 1, true) }),
        Layer::MaxPool,
        Layer::Residual {
            body: vec![conv("a", [4, 6], 3, 2, true), conv("b", [6, 6], 3, 1, false)],
            shortcut: Some(conv("shortcut", [4, 6], 1, 2, false)),
        },
        Layer::Residual { body: vec![conv("c", [6, 6], 3, 1, false)], shortcut: None },
        Layer::Flatten,
        Layer::Dropout(0.5),
        Layer::Linear(Linear { name: "hidden".into(), inputs: 24, outputs: 5, relu: true }),
        Layer::Linear(Linear { name: "out".into(), inputs: 5, outputs: 3, relu: false }),
    ]
}

fn conv(
    name: &str,
    [inputs, outputs]: [usize; 2],
    kernel: usize,
    stride: usize,
    relu: bool,
) -> Conv {
    Conv { name: name.into(), inputs, outputs, kernel, stride, bias: false, relu }
}

/// Irregular numbers that are the same in every run.
fn noise(seed: usize, n: usize) -> Vec<f32> {
    (0..n).map(|i| ((i * 7919 + seed * 104_729) as f32 * 0.618).sin() * 0.4).collect()
}

/// Irregular weights for any layers.
pub fn weights(layers: &[Layer]) -> Weights {
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

/// Computes the layers in plain loops, from pixels (0..255) to logits.
pub fn reference(pixels: &[u8], layers: &[Layer], weights: &Weights) -> Vec<f32> {
    let mut maps = normalized(pixels);
    let mut flat: Vec<f32> = Vec::new();
    for layer in layers {
        match layer {
            Layer::Conv(layer) => maps = convolved(&maps, layer, weights),
            Layer::MaxPool => maps = maps.iter().map(|map| pooled(map)).collect(),
            Layer::Residual { body, shortcut } => {
                let added = match shortcut {
                    Some(layer) => convolved(&maps, layer, weights),
                    None => maps.clone(),
                };
                let result = body.iter().fold(maps, |maps, conv| convolved(&maps, conv, weights));
                maps = rectified_sum(&result, &added);
            }
            Layer::Flatten => flat = maps.iter().flatten().flatten().copied().collect(),
            Layer::Linear(layer) => flat = linear(&flat, layer, weights),
            Layer::GlobalAveragePool | Layer::Dropout(_) => {}
        }
    }
    flat
}

fn normalized(pixels: &[u8]) -> Maps {
    let side = SIDE as usize;
    let mean = [0.485, 0.456, 0.406];
    let deviation = [0.229, 0.224, 0.225];
    let value = |channel: usize, row: usize, column: usize| {
        let level = f32::from(pixels[(row * side + column) * 3 + channel]) / 255.0;
        (level - mean[channel]) / deviation[channel]
    };
    (0..3)
        .map(|i| (0..side).map(|r| (0..side).map(|c| value(i, r, c)).collect()).collect())
        .collect()
}

/// A convolution, its BatchNorm, and its ReLU if it has one.
fn convolved(maps: &Maps, conv: &Conv, weights: &Weights) -> Maps {
    let get = |part: &str| &weights[&format!("{}.{part}", conv.name)].values;
    let (side, pad) = (maps[0].len() as i64, conv.kernel as i64 / 2);
    let out_side = (side as usize).div_ceil(conv.stride);
    let value = |o: usize, row: usize, column: usize| {
        let mut sum = if conv.bias { get("bias")[o] } else { 0.0 };
        for (i, map) in maps.iter().enumerate() {
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

/// The largest value of each 2×2 values.
fn pooled(map: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let half = map.len() / 2;
    let largest = |r: usize, c: usize| {
        let values = [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(dr, dc)| map[2 * r + dr][2 * c + dc]);
        values.into_iter().fold(f32::MIN, f32::max)
    };
    (0..half).map(|r| (0..half).map(|c| largest(r, c)).collect()).collect()
}

/// The ReLU of the sum.
fn rectified_sum(a: &Maps, b: &Maps) -> Maps {
    let mut sums = a.clone();
    let values = sums.iter_mut().flatten().flatten();
    for (sum, added) in values.zip(b.iter().flatten().flatten()) {
        *sum = (*sum + added).max(0.0);
    }
    sums
}

fn linear(x: &[f32], layer: &Linear, weights: &Weights) -> Vec<f32> {
    let weight = &weights[&format!("{}.weight", layer.name)].values;
    let bias = &weights[&format!("{}.bias", layer.name)].values;
    let rows = weight.chunks(x.len()).zip(bias);
    rows.map(|(row, bias)| {
        let y = bias + row.iter().zip(x).map(|(w, x)| w * x).sum::<f32>();
        if layer.relu { y.max(0.0) } else { y }
    })
    .collect()
}
