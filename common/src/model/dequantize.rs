//! Weight-only int8: weights are int8 in the file and f32 in memory.
//!
//! tract does not fold constants of more than 4 MiB and would dequantise them again at every
//! inference. Therefore all weights are dequantised here, before tract sees the graph.

use std::collections::HashMap;

use tract_onnx::pb::attribute_proto::AttributeType;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::{AttributeProto, GraphProto, NodeProto, TensorProto};

use super::file::floats;
use crate::model::ModelErrorKind;

/// Replaces each DequantizeLinear node of stored weights by the weights that it computes.
///
/// # Errors
/// [`ModelErrorKind::Tensor`]: the scale or the zero point of a tensor is not stored or does not
/// fit it.
pub(super) fn dequantize_weights(graph: &mut GraphProto) -> Result<(), ModelErrorKind> {
    let stored: HashMap<&str, &TensorProto> =
        graph.initializer.iter().map(|tensor| (tensor.name.as_str(), tensor)).collect();
    let is_quantized = |node: &NodeProto| {
        node.op_type == "DequantizeLinear"
            && node.input.first().is_some_and(|name| stored.contains_key(name.as_str()))
    };
    let weights = graph
        .node
        .iter()
        .filter(|node| is_quantized(node))
        .map(|node| {
            dequantized(node, &stored)
                .map_err(|reason| ModelErrorKind::Tensor { tensor: node.input[0].clone(), reason })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let replaced: Vec<String> = weights.iter().map(|tensor| tensor.name.clone()).collect();
    graph.node.retain(|node| !node.output.iter().any(|output| replaced.contains(output)));
    graph.initializer.retain(|tensor| tensor.data_type != DataType::Int8 as i32);
    graph.initializer.extend(weights);
    Ok(())
}

/// Whether an attribute says that the scales belong to the first dimension, the output channels.
fn is_axis_0(attribute: &AttributeProto) -> bool {
    attribute.name == "axis" && attribute.r#type == AttributeType::Int as i32 && attribute.i == 0
}

/// `(weight − zero point) · scale`, one scale for each index of `axis`
/// (ONNX operator DequantizeLinear).
fn dequantized(
    node: &NodeProto,
    stored: &HashMap<&str, &TensorProto>,
) -> Result<TensorProto, String> {
    let [weight, scale, zero_point] = node
        .input
        .iter()
        .map(|name| stored.get(name.as_str()).copied())
        .collect::<Option<Vec<_>>>()
        .and_then(|inputs| <[&TensorProto; 3]>::try_from(inputs).ok())
        .ok_or("its scale or its zero point is not stored")?;
    let kinds = [weight, scale, zero_point].map(|tensor| tensor.data_type);
    if kinds != [DataType::Int8, DataType::Float, DataType::Int8].map(|kind| kind as i32) {
        return Err("it is not int8 with a Float scale and an int8 zero point".into());
    }
    let by_output = node.attribute.iter().any(is_axis_0);
    let scales: Vec<f32> = floats(scale).collect();
    let zero_points: Vec<i8> = zero_point.raw_data.iter().map(|&byte| byte as i8).collect();
    let fits = weight.dims.first() == Some(&(scales.len() as i64));
    if !by_output || !fits || zero_points.len() != scales.len() {
        return Err("it does not have one scale and one zero point per output channel".into());
    }
    let per_channel = (weight.raw_data.len() / scales.len().max(1)).max(1);
    let raw_data = weight
        .raw_data
        .chunks(per_channel)
        .zip(scales.iter().zip(zero_points))
        .flat_map(|(channel, (scale, zero_point))| {
            channel.iter().flat_map(move |&byte| {
                let steps = i16::from(byte as i8) - i16::from(zero_point);
                (f32::from(steps) * scale).to_le_bytes()
            })
        })
        .collect();
    Ok(TensorProto {
        name: node.output.first().cloned().ok_or("its node has no output")?,
        dims: weight.dims.clone(),
        data_type: DataType::Float as i32,
        raw_data,
        ..Default::default()
    })
}
