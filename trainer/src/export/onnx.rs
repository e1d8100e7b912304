//! A folded network as an ONNX file.

use common::model::file::{End, Length, Metadata};
use common::prepare::{DEVIATION, MEAN};
use prost::Message as _;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

use crate::export::Storage;
use crate::export::fold::{Folded, FoldedConv, FoldedLinear};
use crate::export::quantize::quantize;
use crate::weights::Array;

/// ONNX 1.8: the first with DequantizeLinear per channel (operator set 13).
const IR_VERSION: i64 = 7;
const OPERATOR_SET: i64 = 13;

/// What RGB 0..255 is normalised with, and divided by.
const MEAN_NAME: &str = "mean";
const SCALE_NAME: &str = "scale";

/// Writes the networks, each between the ends that the metadata names for it: f32 RGB
/// 0..255 in, f32 out.
pub fn write(networks: &[Vec<Folded>], storage: Storage, info: &impl Metadata) -> Vec<u8> {
    let mut graph = Graph { storage, nodes: Vec::new(), tensors: normalization() };
    let ends = info.ends();
    for (layers, [input, output]) in networks.iter().zip(&ends) {
        let normalized = graph.normalize(input.name);
        let last = layers.iter().fold(normalized, |x, layer| graph.layer(&x, layer));
        graph.node("Identity", output.name, &[&last], vec![]);
    }
    let (inputs, outputs) =
        ends.iter().map(|[input, output]| (value(input), value(output))).unzip();
    let proto = ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: OPERATOR_SET }],
        producer_name: "cardsight".into(),
        producer_version: env!("CARGO_PKG_VERSION").into(),
        graph: Some(GraphProto {
            name: "cardsight".into(),
            node: graph.nodes,
            initializer: graph.tensors,
            input: inputs,
            output: outputs,
            ..Default::default()
        }),
        metadata_props: info
            .to_props()
            .into_iter()
            .map(|(key, value)| StringStringEntryProto { key, value })
            .collect(),
        ..Default::default()
    };
    proto.encode_to_vec()
}

/// What all of a file's networks normalise with.
fn normalization() -> Vec<TensorProto> {
    let constant = |name: &str, values: [f32; 3]| {
        float_tensor(name, &Array { shape: vec![1, 3, 1, 1], values: values.to_vec() })
    };
    vec![
        constant(MEAN_NAME, MEAN.map(|mean| 255.0 * mean)),
        constant(SCALE_NAME, DEVIATION.map(|deviation| 1.0 / (255.0 * deviation))),
    ]
}

/// A graph under construction. Each method adds what it is named after and returns
/// the name of its output.
struct Graph {
    storage: Storage,
    nodes: Vec<NodeProto>,
    tensors: Vec<TensorProto>,
}

impl Graph {
    /// `(pixels − 255·mean) / (255·deviation)`, before the first convolution and not
    /// inside it: its padding must stay zero after normalisation.
    fn normalize(&mut self, input: &str) -> String {
        let centred = format!("{input}.centred");
        let centred = self.node("Sub", &centred, &[input, MEAN_NAME], vec![]);
        let normalized = format!("{input}.normalized");
        self.node("Mul", &normalized, &[&centred, SCALE_NAME], vec![])
    }

    fn layer(&mut self, x: &str, layer: &Folded) -> String {
        match layer {
            Folded::Conv(conv) => self.conv(x, conv),
            Folded::MaxPool => {
                let attributes = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
                self.node("MaxPool", &format!("{x}.pool"), &[x], attributes)
            }
            Folded::Residual { body, shortcut } => {
                let added = shortcut.as_ref().map_or(x.to_owned(), |conv| self.conv(x, conv));
                let y = body.iter().fold(x.to_owned(), |x, conv| self.conv(&x, conv));
                let sum = self.node("Add", &format!("{y}.sum"), &[&y, &added], vec![]);
                self.node("Relu", &format!("{sum}.relu"), &[&sum], vec![])
            }
            Folded::GlobalAveragePool => {
                let mean = self.node("GlobalAveragePool", &format!("{x}.mean"), &[x], vec![]);
                self.flatten(&mean)
            }
            Folded::Flatten => self.flatten(x),
            Folded::Linear(linear) => self.linear(x, linear),
        }
    }

    fn conv(&mut self, x: &str, FoldedConv { conv, weight, bias }: &FoldedConv) -> String {
        let weight = self.weight(&format!("{}.weight", conv.name), weight);
        let bias = self.bias(&format!("{}.bias", conv.name), bias);
        let (kernel, stride) = (conv.kernel as i64, conv.stride as i64);
        let attributes = vec![
            ints("kernel_shape", &[kernel; 2]),
            ints("strides", &[stride; 2]),
            ints("pads", &[kernel / 2; 4]),
        ];
        let y = self.node("Conv", &conv.name, &[x, &weight, &bias], attributes);
        self.relu_if(conv.relu, y)
    }

    fn linear(&mut self, x: &str, FoldedLinear { linear, weight, bias }: &FoldedLinear) -> String {
        let weight = self.weight(&format!("{}.weight", linear.name), weight);
        let bias = self.bias(&format!("{}.bias", linear.name), bias);
        let y = self.node("Gemm", &linear.name, &[x, &weight, &bias], vec![int("transB", 1)]);
        self.relu_if(linear.relu, y)
    }

    fn relu_if(&mut self, wanted: bool, x: String) -> String {
        match wanted {
            true => self.node("Relu", &format!("{x}.relu"), &[&x], vec![]),
            false => x,
        }
    }

    fn flatten(&mut self, x: &str) -> String {
        self.node("Flatten", &format!("{x}.flat"), &[x], vec![int("axis", 1)])
    }

    fn weight(&mut self, name: &str, weight: &Array) -> String {
        if self.storage == Storage::F32 {
            self.tensors.push(float_tensor(name, weight));
            return name.to_owned();
        }
        let quantized = quantize(weight);
        let scales = Array { shape: vec![quantized.scales.len()], values: quantized.scales };
        let parts = ["int8", "scale", "zero_point"].map(|part| format!("{name}.{part}"));
        let [steps, scale, zero_point] = &parts;
        // Without explicit zero points some runtimes take the weights for uint8.
        self.tensors.extend([
            int8_tensor(steps, &quantized.shape, &quantized.steps),
            float_tensor(scale, &scales),
            int8_tensor(zero_point, &scales.shape, &vec![0; scales.values.len()]),
        ]);
        let inputs = [steps.as_str(), scale, zero_point];
        self.node("DequantizeLinear", name, &inputs, vec![int("axis", 0)])
    }

    fn bias(&mut self, name: &str, bias: &Array) -> String {
        self.tensors.push(float_tensor(name, bias));
        name.to_owned()
    }

    /// Adds a node whose one output has the node's name.
    fn node(
        &mut self,
        op_type: &str,
        name: &str,
        inputs: &[&str],
        attribute: Vec<AttributeProto>,
    ) -> String {
        self.nodes.push(NodeProto {
            op_type: op_type.into(),
            name: name.into(),
            input: inputs.iter().map(|&input| input.to_owned()).collect(),
            output: vec![name.into()],
            attribute,
            ..Default::default()
        });
        name.to_owned()
    }
}

fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { name: name.into(), r#type: AttributeType::Int as i32, i, ..Default::default() }
}

fn ints(name: &str, ints: &[i64]) -> AttributeProto {
    AttributeProto {
        name: name.into(),
        r#type: AttributeType::Ints as i32,
        ints: ints.to_vec(),
        ..Default::default()
    }
}

fn float_tensor(name: &str, array: &Array) -> TensorProto {
    let bytes = array.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    tensor(name, DataType::Float, &array.shape, bytes)
}

fn int8_tensor(name: &str, shape: &[usize], steps: &[i8]) -> TensorProto {
    tensor(name, DataType::Int8, shape, steps.iter().map(|&step| step as u8).collect())
}

fn tensor(name: &str, data_type: DataType, shape: &[usize], raw_data: Vec<u8>) -> TensorProto {
    TensorProto {
        name: name.into(),
        data_type: data_type as i32,
        dims: shape.iter().map(|&n| n as i64).collect(),
        raw_data,
        ..Default::default()
    }
}

fn value(end: &End) -> ValueInfoProto {
    let dimension = |length: &Length| {
        let value = match *length {
            Length::Fixed(n) => dimension::Value::DimValue(i64::from(n)),
            Length::Free(name) => dimension::Value::DimParam(name.into()),
        };
        Dimension { value: Some(value), ..Default::default() }
    };
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto { dim: end.shape.iter().map(dimension).collect() }),
    };
    ValueInfoProto {
        name: end.name.into(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}
