//! The bytes of an ONNX file.

use common::model::file::{Dimension, Endpoint, Endpoints, Metadata};
use common::prepare::{DEVIATION, MEAN};
use prost::Message as _;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{self, dimension};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

use crate::export::fold::{ExportConv, ExportLayer, ExportLinear};
use crate::export::quantize::quantize;
use crate::export::self_test::metadata_props;
use crate::weights::Array;

/// The file format of ONNX 1.8.
const IR_VERSION: i64 = 7;

/// The operators of ONNX 1.8, the first version with a DequantizeLinear per channel.
const OPERATOR_SET: i64 = 13;

/// The tensor that is subtracted from RGB values, 0..255.
const MEAN_NAME: &str = "mean";

/// The tensor that the difference is multiplied by.
const SCALE_NAME: &str = "scale";

/// How the weights are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Storage {
    F32,
    /// Symmetric int8 per output channel: a quarter of the size, with f32 arithmetic.
    Int8,
}

impl Storage {
    /// The name in model files.
    pub fn name(self) -> &'static str {
        match self {
            Storage::F32 => "f32",
            Storage::Int8 => "int8",
        }
    }
}

/// Writes the networks, each between the input and the output that the metadata names for it.
/// The inputs are f32 RGB, 0..255, and the outputs are f32.
pub fn write(networks: &[Vec<ExportLayer>], storage: Storage, info: &impl Metadata) -> Vec<u8> {
    let mut graph = Graph { storage, nodes: Vec::new(), tensors: normalization() };
    let endpoints = info.endpoints();
    for (layers, Endpoints { input, output }) in networks.iter().zip(&endpoints) {
        let normalized = graph.normalize(input.name);
        let last = layers.iter().fold(normalized, |x, layer| graph.layer(&x, layer));
        graph.node("Identity", output.name, &[&last], vec![]);
    }
    let (inputs, outputs) =
        endpoints.iter().map(|ends| (value(&ends.input), value(&ends.output))).unzip();
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
        metadata_props: metadata_props(info),
        ..Default::default()
    };
    proto.encode_to_vec()
}

/// The tensors that all networks of a file normalise their input with.
fn normalization() -> Vec<TensorProto> {
    vec![
        channel_tensor(MEAN_NAME, MEAN.map(|mean| 255.0 * mean)),
        channel_tensor(SCALE_NAME, DEVIATION.map(|deviation| 1.0 / (255.0 * deviation))),
    ]
}

/// One value per colour channel, for `[N, 3, height, width]`.
fn channel_tensor(name: &str, values: [f32; 3]) -> TensorProto {
    float_tensor(name, &Array { shape: vec![1, 3, 1, 1], values: values.to_vec() })
}

/// A graph under construction. Each method adds the operation that it is named after, and
/// returns the name of that operation's output.
struct Graph {
    storage: Storage,
    nodes: Vec<NodeProto>,
    tensors: Vec<TensorProto>,
}

impl Graph {
    /// `(pixels − 255·mean) / (255·deviation)`. This is an operation before the first
    /// convolution and not folded into it, because the convolution's padding must be zero
    /// after the normalisation.
    fn normalize(&mut self, input: &str) -> String {
        let centred = format!("{input}.centred");
        let centred = self.node("Sub", &centred, &[input, MEAN_NAME], vec![]);
        let normalized = format!("{input}.normalized");
        self.node("Mul", &normalized, &[&centred, SCALE_NAME], vec![])
    }

    fn layer(&mut self, x: &str, layer: &ExportLayer) -> String {
        match layer {
            ExportLayer::Conv(conv) => self.conv(x, conv),
            ExportLayer::MaxPool => {
                let attributes = vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])];
                self.node("MaxPool", &format!("{x}.pool"), &[x], attributes)
            }
            ExportLayer::Residual { body, shortcut } => {
                let added = shortcut.as_ref().map_or(x.to_owned(), |conv| self.conv(x, conv));
                let y = body.iter().fold(x.to_owned(), |x, conv| self.conv(&x, conv));
                let sum = self.node("Add", &format!("{y}.sum"), &[&y, &added], vec![]);
                self.node("Relu", &format!("{sum}.relu"), &[&sum], vec![])
            }
            ExportLayer::GlobalAveragePool => {
                let mean = self.node("GlobalAveragePool", &format!("{x}.mean"), &[x], vec![]);
                self.flatten(&mean)
            }
            ExportLayer::Flatten => self.flatten(x),
            ExportLayer::Linear(linear) => self.linear(x, linear),
        }
    }

    fn conv(&mut self, x: &str, ExportConv { conv, weight, bias }: &ExportConv) -> String {
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

    fn linear(&mut self, x: &str, ExportLinear { linear, weight, bias }: &ExportLinear) -> String {
        let weight = self.weight(&format!("{}.weight", linear.name), weight);
        let bias = self.bias(&format!("{}.bias", linear.name), bias);
        let y = self.node("Gemm", &linear.name, &[x, &weight, &bias], vec![int("transB", 1)]);
        self.relu_if(linear.relu, y)
    }

    fn relu_if(&mut self, has_relu: bool, x: String) -> String {
        if has_relu { self.node("Relu", &format!("{x}.relu"), &[&x], vec![]) } else { x }
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
        // Some runtimes read the weights as uint8 when the zero points are not explicit.
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

    /// Adds a node with one output, which has the node's name.
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

fn dimension_proto(dimension: &Dimension) -> tensor_shape_proto::Dimension {
    let value = match *dimension {
        Dimension::Fixed(length) => dimension::Value::DimValue(i64::from(length)),
        Dimension::Free(name) => dimension::Value::DimParam(name.into()),
    };
    tensor_shape_proto::Dimension { value: Some(value), ..Default::default() }
}

/// The declaration of an input or an output of the file.
fn value(end: &Endpoint) -> ValueInfoProto {
    let tensor = type_proto::Tensor {
        elem_type: DataType::Float as i32,
        shape: Some(TensorShapeProto { dim: end.shape.iter().map(dimension_proto).collect() }),
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
