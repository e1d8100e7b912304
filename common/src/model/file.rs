//! From the bytes of a model file to a checked graph.

use std::collections::HashSet;
use std::fmt;
use std::io::Read as _;
use std::path::Path;

use prost::Message as _;
use tract_onnx::pb::tensor_proto::DataType;
use tract_onnx::pb::tensor_shape_proto::dimension::Value as DimensionValue;
use tract_onnx::pb::type_proto::Value as TypeValue;
use tract_onnx::pb::{GraphProto, ModelProto, TensorProto, ValueInfoProto};

use super::props::Props;
use crate::model::{ModelError, ModelErrorKind};
use crate::regular_file;

/// The largest model file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 512 << 20;

/// The metadata of one kind of model file.
pub trait Metadata: Sized {
    /// All keys and values, in a fixed order.
    fn to_props(&self) -> Vec<(String, String)>;

    /// Reads the keys and values of a model file.
    ///
    /// # Errors
    /// A key is missing, its value can't be used, or the format version is unknown.
    fn from_props(props: &Props<'_>) -> Result<Self, ModelErrorKind>;

    /// The inputs and outputs of the file's networks, in the order of the networks.
    fn endpoints(&self) -> Vec<Endpoints>;
}

/// The input and the output of one network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    pub input: Endpoint,
    pub output: Endpoint,
}

/// An input or output of a network; its values are f32.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub name: &'static str,
    pub shape: Vec<Dimension>,
}

/// The length of one dimension of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dimension {
    /// Always this length.
    Fixed(u32),
    /// Any length; the name stands for it in the ONNX file.
    Free(&'static str),
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lengths: Vec<String> = self.shape.iter().map(Dimension::to_string).collect();
        write!(f, "Float [{}]", lengths.join(", "))
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dimension::Fixed(length) => length.fmt(f),
            Dimension::Free(name) => f.write_str(name),
        }
    }
}

/// A model file whose tensors agree with its metadata.
#[derive(Clone, Debug)]
pub struct ModelFile<I> {
    pub info: I,
    pub proto: ModelProto,
}

/// Reads a model file into memory.
///
/// # Errors
/// The file can't be read or is larger than [`MAX_FILE_BYTES`].
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, ModelError> {
    read(path).map_err(|kind| kind.of_file(&path.display().to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, ModelErrorKind> {
    let file = regular_file::open(path).map_err(ModelErrorKind::Read)?;
    let bytes_on_disk = file.metadata().map_err(ModelErrorKind::Read)?.len();
    if bytes_on_disk > MAX_FILE_BYTES {
        return Err(ModelErrorKind::TooLarge { bytes: bytes_on_disk, limit_bytes: MAX_FILE_BYTES });
    }
    let mut bytes = Vec::new();
    file.take(MAX_FILE_BYTES).read_to_end(&mut bytes).map_err(ModelErrorKind::Read)?;
    Ok(bytes)
}

impl<I: Metadata> ModelFile<I> {
    /// Decodes the bytes of a model file and compares its graph with its metadata.
    ///
    /// # Errors
    /// The bytes are not a complete ONNX file, metadata is missing or unusable, or the graph's
    /// inputs, outputs or weights contradict it.
    pub fn decode(bytes: &[u8]) -> Result<Self, ModelErrorKind> {
        if bytes.is_empty() {
            return Err(not_onnx("it is empty".to_owned()));
        }
        let proto = ModelProto::decode(bytes).map_err(|error| not_onnx(error.to_string()))?;
        let graph = proto.graph.as_ref().ok_or_else(|| not_onnx("it has no graph".to_owned()))?;
        let props: Props<'_> = proto
            .metadata_props
            .iter()
            .map(|entry| (entry.key.as_str(), entry.value.as_str()))
            .collect();
        let info = I::from_props(&props)?;
        check_endpoints(graph, &info)?;
        check_connections(graph).map_err(not_onnx)?;
        for tensor in &graph.initializer {
            check_tensor(tensor)
                .map_err(|reason| ModelErrorKind::Tensor { tensor: tensor.name.clone(), reason })?;
        }
        Ok(Self { info, proto })
    }
}

fn not_onnx(reason: String) -> ModelErrorKind {
    ModelErrorKind::NotOnnx { reason }
}

/// Checks that the graph's inputs and outputs are those that the metadata promises.
fn check_endpoints(graph: &GraphProto, info: &impl Metadata) -> Result<(), ModelErrorKind> {
    let (inputs, outputs): (Vec<Endpoint>, Vec<Endpoint>) =
        info.endpoints().into_iter().map(|network| (network.input, network.output)).unzip();
    compare_endpoints("its input", &graph.input, &inputs)?;
    compare_endpoints("its output", &graph.output, &outputs)
}

fn compare_endpoints(
    what: &'static str,
    found: &[ValueInfoProto],
    expected: &[Endpoint],
) -> Result<(), ModelErrorKind> {
    let found: Vec<String> = found.iter().map(describe).collect();
    let expected: Vec<String> = expected.iter().map(Endpoint::to_string).collect();
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (found.join(" and "), expected.join(" and "));
    Err(ModelErrorKind::Contradiction { what, found, expected })
}

/// Checks that every value that a node or an output takes is stored, is an input, or is made by
/// an earlier node. tract relies on that.
fn check_connections(graph: &GraphProto) -> Result<(), String> {
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

/// An input or output in the words of [`Endpoint`]'s `Display`.
fn describe(value: &ValueInfoProto) -> String {
    let Some(TypeValue::TensorType(tensor)) = value.r#type.as_ref().and_then(|t| t.value.as_ref())
    else {
        return "not a tensor".to_owned();
    };
    let kind = DataType::try_from(tensor.elem_type).map_or("unknown", |kind| kind.as_str_name());
    let kind = if kind == "FLOAT" { "Float" } else { kind };
    let dims: Vec<String> = tensor
        .shape
        .iter()
        .flat_map(|shape| &shape.dim)
        .map(|dim| match &dim.value {
            Some(DimensionValue::DimValue(n)) => n.to_string(),
            Some(DimensionValue::DimParam(name)) => name.clone(),
            None => "?".to_owned(),
        })
        .collect();
    format!("{kind} [{}]", dims.join(", "))
}

/// Checks that a stored tensor has as many values as its shape says, and only finite ones.
fn check_tensor(tensor: &TensorProto) -> Result<(), String> {
    let bytes_each = match DataType::try_from(tensor.data_type) {
        Ok(DataType::Float) => 4,
        Ok(DataType::Int8) => 1,
        other => return Err(format!("its type is {other:?}; only Float and Int8 are known")),
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
        return Err("it contains a value that is not a finite number".to_owned());
    }
    Ok(())
}

/// The values of a Float tensor.
pub(super) fn floats(tensor: &TensorProto) -> impl Iterator<Item = f32> {
    let (values, _) = tensor.raw_data.as_chunks();
    values.iter().map(|bytes| f32::from_le_bytes(*bytes))
}
