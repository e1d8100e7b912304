//! A model file with a network of few weights.

use common::model::file::{Dimension, Endpoint, Metadata as _};
use common::model::{ModelInfo, SelfTest};
use common::{ClassMap, Score};
use image::RgbImage;
use prost::Message as _;
use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::{Dimension as DimensionProto, dimension::Value};
use tract_onnx::pb::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto,
    TensorProto, TensorShapeProto, TypeProto, ValueInfoProto, type_proto,
};

/// The width and height of the network's input.
const SIDE: u32 = 4;

/// A classifier with two classes, with and without a self-test.
pub fn model_files() -> Vec<Vec<u8>> {
    let untested = info(None);
    let test = SelfTest { image: RgbImage::new(SIDE, SIDE), answer: vec![0.0, 0.0] };
    [untested, info(Some(test))].iter().map(file).collect()
}

fn info(self_test: Option<SelfTest>) -> ModelInfo {
    ModelInfo {
        classes: ClassMap::new(["ace of spades".to_owned(), "joker".to_owned()]),
        side: SIDE,
        temperature: 1.0,
        accept_threshold: 0.5,
        architecture: "tiny".into(),
        weights: "int8".into(),
        data_fingerprint: "00".into(),
        valid_f32: Score { right: 1, total: 2 },
        valid_int8: Score { right: 1, total: 2 },
        seed: 1,
        project_version: "0".into(),
        self_test,
    }
}

/// A convolution with int8 weights, a ReLU, and the mean over all pixels.
fn file(info: &ModelInfo) -> Vec<u8> {
    let axis = AttributeProto {
        name: "axis".into(),
        r#type: AttributeType::Int as i32,
        i: 0,
        ..Default::default()
    };
    let dequantize = node("DequantizeLinear", "weights", &["weights.int8", "scales", "zeros"]);
    let nodes = vec![
        NodeProto { attribute: vec![axis], ..dequantize },
        node("Conv", "convolved", &["pixels", "weights"]),
        node("Relu", "positive", &["convolved"]),
        node("GlobalAveragePool", "mean", &["positive"]),
        node("Flatten", "logits", &["mean"]),
    ];
    let tensors = vec![
        tensor("weights.int8", &[2, 3, 1, 1], DataType::Int8, vec![1, 2, 3, 4, 5, 6]),
        tensor("scales", &[2], DataType::Float, [0.01_f32, 0.02].map(f32::to_le_bytes).concat()),
        tensor("zeros", &[2], DataType::Int8, vec![0, 0]),
    ];
    let endpoints = info.endpoints();
    let metadata = info.to_props().into_iter();
    let proto = ModelProto {
        ir_version: 7,
        opset_import: vec![OperatorSetIdProto { domain: String::new(), version: 13 }],
        graph: Some(GraphProto {
            name: "tiny".into(),
            node: nodes,
            initializer: tensors,
            input: endpoints.iter().map(|ends| value(&ends.input)).collect(),
            output: endpoints.iter().map(|ends| value(&ends.output)).collect(),
            ..Default::default()
        }),
        metadata_props: metadata
            .map(|(key, value)| StringStringEntryProto { key, value })
            .collect(),
        ..Default::default()
    };
    proto.encode_to_vec()
}

fn node(operator: &str, output: &str, inputs: &[&str]) -> NodeProto {
    NodeProto {
        name: output.to_owned(),
        op_type: operator.to_owned(),
        input: inputs.iter().map(|name| (*name).to_owned()).collect(),
        output: vec![output.to_owned()],
        ..Default::default()
    }
}

fn tensor(name: &str, dims: &[i64], kind: DataType, raw_data: Vec<u8>) -> TensorProto {
    TensorProto {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type: kind as i32,
        raw_data,
        ..Default::default()
    }
}

fn value(endpoint: &Endpoint) -> ValueInfoProto {
    let dimension = |dimension: &Dimension| DimensionProto {
        value: Some(match dimension {
            Dimension::Fixed(length) => Value::DimValue(i64::from(*length)),
            Dimension::Free(name) => Value::DimParam((*name).to_owned()),
        }),
        ..Default::default()
    };
    let shape = TensorShapeProto { dim: endpoint.shape.iter().map(dimension).collect() };
    let tensor = type_proto::Tensor { elem_type: DataType::Float as i32, shape: Some(shape) };
    ValueInfoProto {
        name: endpoint.name.to_owned(),
        r#type: Some(TypeProto {
            value: Some(type_proto::Value::TensorType(tensor)),
            ..Default::default()
        }),
        ..Default::default()
    }
}
