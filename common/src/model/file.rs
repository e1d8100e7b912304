//! From the bytes of a model file to a checked graph.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use prost::Message as _;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as Dim;
use tract_onnx::pb::type_proto::Value as Type;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto, ValueInfoProto};

use super::props::Props;
use crate::model::ModelError;

/// The largest model file that is read, in bytes.
pub const MAX_BYTES: u64 = 512 << 20;

/// What a kind of model file says of itself.
pub trait Metadata: Sized {
    /// All keys and values, in a fixed order.
    fn to_props(&self) -> Vec<(String, String)>;

    /// Reads the keys and values of a model file; `path` is for the error text.
    ///
    /// # Errors
    /// A key is missing, its value is of no use, or the format version is unknown.
    fn from_props(props: &HashMap<&str, &str>, path: &str) -> Result<Self, ModelError>;

    /// What goes into the file's networks, and what comes out of each, in the same order.
    fn ends(&self) -> Vec<[End; 2]>;
}

/// An input or output of a network, f32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    pub name: &'static str,
    pub shape: Vec<Length>,
}

/// The length of one dimension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Fixed(u32),
    /// Any; what it is called.
    Free(&'static str),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<String> = self
            .shape
            .iter()
            .map(|length| match length {
                Length::Fixed(n) => n.to_string(),
                Length::Free(name) => (*name).to_owned(),
            })
            .collect();
        write!(f, "Float [{}]", lengths.join(", "))
    }
}

/// A model file whose tensors agree with its metadata.
#[derive(Clone, Debug)]
pub struct ModelFile<I> {
    pub info: I,
    pub proto: ModelProto,
}

/// Reads a whole model file into memory.
///
/// # Errors
/// It can't be read or is larger than [`MAX_BYTES`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, ModelError> {
    let shown = || path.display().to_string();
    let read_error = |source| ModelError::Read { path: shown(), source };
    let bytes_on_disk = fs::metadata(path).map_err(read_error)?.len();
    if bytes_on_disk > MAX_BYTES {
        return Err(ModelError::TooLarge { path: shown(), bytes: bytes_on_disk, limit: MAX_BYTES });
    }
    let mut bytes = Vec::new();
    let mut file = File::open(path).map_err(read_error)?.take(MAX_BYTES);
    file.read_to_end(&mut bytes).map_err(read_error)?;
    Ok(bytes)
}

impl<I: Metadata> ModelFile<I> {
    /// Decodes a model file and holds its tensors against its metadata; `path` is for
    /// the error text.
    ///
    /// # Errors
    /// The bytes are no whole ONNX file, metadata is missing or unusable, or the
    /// graph's input, output or weights contradict it.
    pub fn decode(bytes: &[u8], path: &str) -> Result<Self, ModelError> {
        let not_onnx = |reason: String| ModelError::NotOnnx { path: path.to_owned(), reason };
        if bytes.is_empty() {
            return Err(not_onnx("it is empty".into()));
        }
        let proto = ModelProto::decode(bytes).map_err(|error| not_onnx(error.to_string()))?;
        let graph = proto.graph.as_ref().ok_or_else(|| not_onnx("it has no graph".into()))?;
        let props: Props<'_> = proto
            .metadata_props
            .iter()
            .map(|entry| (entry.key.as_str(), entry.value.as_str()))
            .collect();
        let info = I::from_props(&props, path)?;
        check_ends(graph, &info, path)?;
        check_wires(graph).map_err(not_onnx)?;
        for tensor in &graph.initializer {
            check_tensor(tensor).map_err(|reason| ModelError::Tensor {
                path: path.to_owned(),
                tensor: tensor.name.clone(),
                reason,
            })?;
        }
        Ok(Self { info, proto })
    }
}

/// Inputs and outputs are as promised.
fn check_ends(graph: &GraphProto, info: &impl Metadata, path: &str) -> Result<(), ModelError> {
    let (inputs, outputs): (Vec<End>, Vec<End>) =
        info.ends().into_iter().map(|[input, output]| (input, output)).unzip();
    let ends = [("its input", &graph.input, inputs), ("its output", &graph.output, outputs)];
    for (what, found, wanted) in ends {
        let found: Vec<String> = found.iter().map(describe).collect();
        let wanted: Vec<String> = wanted.iter().map(End::to_string).collect();
        if found != wanted {
            let [found, wanted] = [found, wanted].map(|ends| ends.join(" and "));
            return Err(ModelError::Contradiction { path: path.to_owned(), what, found, wanted });
        }
    }
    Ok(())
}

/// Every value that a node or the output takes is stored, fed in, or made by a node
/// before it; tract relies on that.
fn check_wires(graph: &GraphProto) -> Result<(), String> {
    let stored = graph.initializer.iter().map(|tensor| tensor.name.as_str());
    let mut known: HashSet<&str> = stored.collect();
    known.extend(graph.input.iter().map(|input| input.name.as_str()));
    for node in &graph.node {
        let inputs = node.input.iter().filter(|name| !name.is_empty());
        if let Some(unknown) = inputs.into_iter().find(|name| !known.contains(name.as_str())) {
            return Err(format!("node {:?} takes {unknown:?}, which nothing makes", node.name));
        }
        known.extend(node.output.iter().map(String::as_str));
    }
    match graph.output.iter().find(|output| !known.contains(output.name.as_str())) {
        Some(output) => Err(format!("nothing makes its output {:?}", output.name)),
        None => Ok(()),
    }
}

fn describe(value: &ValueInfoProto) -> String {
    let Some(Type::TensorType(tensor)) = value.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return "no tensor".to_owned();
    };
    let kind = DataType::try_from(tensor.elem_type).map_or("unknown", |kind| kind.as_str_name());
    let kind = if kind == "FLOAT" { "Float" } else { kind };
    let dims: Vec<String> = tensor
        .shape
        .iter()
        .flat_map(|shape| &shape.dim)
        .map(|dim| match &dim.value {
            Some(Dim::DimValue(n)) => n.to_string(),
            Some(Dim::DimParam(name)) => name.clone(),
            None => "?".to_owned(),
        })
        .collect();
    format!("{kind} [{}]", dims.join(", "))
}

/// A stored tensor holds as many values as its shape says, and finite ones.
fn check_tensor(tensor: &TensorProto) -> Result<(), String> {
    let bytes_each = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) => 4,
        Ok(DataType::Int8) => 1,
        other => return Err(format!("it holds {other:?}; Float and Int8 are known")),
    };
    let values = tensor
        .dims
        .iter()
        .try_fold(1_usize, |values, &dim| values.checked_mul(usize::try_from(dim).ok()?))
        .ok_or_else(|| format!("its shape {:?} is impossible", tensor.dims))?;
    if values.checked_mul(bytes_each) != Some(tensor.raw_data.len()) {
        let found = tensor.raw_data.len();
        return Err(format!("{values} values of {bytes_each} bytes are stored in {found} bytes"));
    }
    if bytes_each == 4 && floats(tensor).any(|value| !value.is_finite()) {
        return Err("it holds a value that is not a number".to_owned());
    }
    Ok(())
}

/// The values of a Float tensor.
pub(super) fn floats(tensor: &TensorProto) -> impl Iterator<Item = f32> {
    let (values, _) = tensor.raw_data.as_chunks();
    values.iter().map(|bytes| f32::from_le_bytes(*bytes))
}
