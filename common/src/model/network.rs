//! A network of a model file, ready to run in tract.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tract_onnx::pb::ModelProto;
use tract_onnx::prelude::{
    Datum as _, InferenceFact, InferenceModel, InferenceModelExt as _, IntoRunnable as _, TValue,
    Tensor, TractResult, TypedRunnableModel, TypedSimpleState, tvec,
};

use super::dequantize::dequantize_weights;
use super::engine::{Engine, with_fast_operators};
use crate::catch::catch_quietly;
use crate::geometry::Size;
use crate::model::ModelErrorKind;

/// The most sessions of a network that are kept for the next image: one for each thread that runs
/// it at the same time.
const MOST_SESSIONS: usize = 16;

/// The graph of a model file, which may contain several networks.
pub(super) struct Graph {
    parsed: InferenceModel,
    engine: Engine,
}

impl fmt::Debug for Graph {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Graph").finish_non_exhaustive()
    }
}

impl Graph {
    /// Parses a graph that was checked before. Its networks run on this engine.
    ///
    /// # Errors
    /// tract does not know an operator of the graph, or a quantised tensor is damaged.
    pub(super) fn new(mut proto: ModelProto, engine: Engine) -> Result<Self, ModelErrorKind> {
        if let Some(graph) = &mut proto.graph {
            dequantize_weights(graph)?;
        }
        let parsed = catching(|| tract_onnx::onnx().parse(&proto, None))?;
        Ok(Self { parsed: parsed.model, engine })
    }

    /// Optimises the network between an input and an output for images of this size.
    ///
    /// # Errors
    /// tract can't optimise it.
    pub(super) fn network(
        &self,
        input: &str,
        output: &str,
        size: Size,
    ) -> Result<Network, ModelErrorKind> {
        let plan = catching(|| self.optimized(input, output, size))?;
        Ok(Network { size, engine: self.engine, plan, sessions: Mutex::default() })
    }

    fn optimized(
        &self,
        input: &str,
        output: &str,
        size: Size,
    ) -> TractResult<Arc<TypedRunnableModel>> {
        let shape = [1, 3, size.height as usize, size.width as usize];
        let typed = self
            .parsed
            .clone()
            .with_outputs_by_name([output])?
            .with_inputs_by_name([input])?
            .with_input_fact(0, InferenceFact::dt_shape(f32::datum_type(), shape))?
            .with_output_fact(0, InferenceFact::default())?
            .into_typed()?;
        let model = match self.engine {
            Engine::Fast => with_fast_operators(typed)?,
            Engine::Tract => typed,
        };
        model.into_optimized()?.into_runnable()
    }
}

/// A network with one input `[1, 3, height, width]` of RGB values 0..255, and one output.
pub(super) struct Network {
    /// Of the input.
    size: Size,
    engine: Engine,
    plan: Arc<TypedRunnableModel>,
    /// Sessions that nobody uses at present.
    sessions: Mutex<Vec<Session>>,
}

/// What one run of a network needs, kept from image to image so that little is allocated.
struct Session {
    state: TypedSimpleState,
    /// What the network reads: RGB bytes for the fast engine, planes for tract's operators.
    input: Arc<Tensor>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network")
            .field("size", &self.size)
            .field("engine", &self.engine)
            .finish_non_exhaustive()
    }
}

impl Network {
    /// The size of the input.
    pub(super) fn size(&self) -> Size {
        self.size
    }

    /// Names of the operators that run for each image, after optimisation.
    pub(super) fn operators(&self) -> Vec<String> {
        self.plan.model().nodes.iter().map(|node| node.op.name().into_owned()).collect()
    }

    /// The values of the output, in order. Several threads may call it at the same time.
    ///
    /// `pixels`: RGB, row by row.
    ///
    /// # Errors
    /// There are too many or too few pixels, or tract fails.
    pub(super) fn run(&self, pixels: &[u8]) -> Result<Vec<f32>, ModelErrorKind> {
        let expected_bytes = self.size.area() * 3;
        if pixels.len() != expected_bytes {
            let found_bytes = pixels.len();
            return Err(ModelErrorKind::Input { size: self.size, expected_bytes, found_bytes });
        }
        catching(|| self.run_session(pixels))
    }

    fn run_session(&self, pixels: &[u8]) -> TractResult<Vec<f32>> {
        let mut session = match self.sessions().pop() {
            Some(session) => session,
            None => Session::new(&self.plan, self.engine, self.size)?,
        };
        // A session that has failed is dropped with what it holds.
        let output = session.run(pixels)?;
        let mut sessions = self.sessions();
        if sessions.len() < MOST_SESSIONS {
            sessions.push(session);
        }
        Ok(output)
    }

    fn sessions(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        // A thread that panicked left complete sessions behind.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn new(plan: &Arc<TypedRunnableModel>, engine: Engine, size: Size) -> TractResult<Self> {
        let (height, width) = (size.height as usize, size.width as usize);
        let input = match engine {
            Engine::Fast => Tensor::zero::<u8>(&[1, height, width, 3])?,
            Engine::Tract => Tensor::zero::<f32>(&[1, 3, height, width])?,
        };
        Ok(Self { state: plan.spawn()?, input: Arc::new(input) })
    }

    fn run(&mut self, pixels: &[u8]) -> TractResult<Vec<f32>> {
        // tract gave the tensor back at the end of the last run.
        let input = Arc::get_mut(&mut self.input).expect("only the session holds its input");
        let is_bytes = input.datum_type() == u8::datum_type();
        let mut input = input.try_as_plain_ram_mut()?;
        if is_bytes {
            input.as_slice_mut::<u8>()?.copy_from_slice(pixels);
        } else {
            write_planes(pixels, input.as_slice_mut::<f32>()?);
        }
        let outputs = self.state.run(tvec!(TValue::from_const(Arc::clone(&self.input))))?;
        Ok(outputs[0].try_as_plain_ram()?.as_slice::<f32>()?.to_vec())
    }
}

/// Writes RGB pixels as three planes.
fn write_planes(pixels: &[u8], planes: &mut [f32]) {
    for (channel, plane) in planes.chunks_exact_mut(pixels.len() / 3).enumerate() {
        for (value, pixel) in plane.iter_mut().zip(pixels.as_chunks::<3>().0) {
            *value = f32::from(pixel[channel]);
        }
    }
}

/// Runs tract, which may panic over graphs that contradict themselves. A session in which it has
/// panicked is dropped.
fn catching<T>(work: impl FnOnce() -> TractResult<T>) -> Result<T, ModelErrorKind> {
    let outcome = catch_quietly(work).map_err(|reason| format!("it panics: {reason}"));
    // tract's errors show their causes only in their `Debug` form.
    outcome
        .and_then(|done| done.map_err(|error| format!("{error:?}")))
        .map_err(|reason| ModelErrorKind::Run { reason })
}
