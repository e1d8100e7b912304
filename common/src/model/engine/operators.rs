//! The fast operators as tract runs them. Between them, activations are padded.

use std::cell::RefCell;
use std::sync::Arc;

use convolution::{Convolution, PaddedShape, Scratch, from_planes, to_planes, write_pixels};
use tract_onnx::prelude::{TValue, TVec, Tensor, TractResult, TypedFact, tvec};
use tract_onnx::tract_core::internal::{
    DatumExt as _, EvalContext, EvalOp, Op, StaticName, TypedOp, as_op, not_out_of_plan,
    op_as_typed_op,
};

use super::activations::{Activations, Layout};

thread_local! {
    /// For all convolutions that this thread runs.
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// What a fast operator computes.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// RGB bytes `[1, height, width, 3]` to padded values `(byte − mean) · scale`.
    Pixels { mean: [f32; 3], scale: [f32; 3] },
    /// Planes to padded values.
    FromPlanes,
    /// Padded values to planes.
    ToPlanes,
    /// A convolution with bias and perhaps ReLU. A second input is added before ReLU.
    Convolve(Arc<Convolution>),
}

/// An operator of this project.
#[derive(Clone, Debug)]
pub(super) struct FastOperator {
    task: Task,
    output: Layout,
    activations: Arc<Activations>,
}

impl FastOperator {
    /// Creates an operator on images of this shape. For a convolution it is the shape of the
    /// output.
    pub(super) fn new(task: Task, shape: PaddedShape, activations: &Arc<Activations>) -> Self {
        let output = match task {
            Task::ToPlanes => Layout::Planes(shape),
            _ => Layout::Padded(shape),
        };
        Self { task, output, activations: Arc::clone(activations) }
    }

    fn shape(&self) -> PaddedShape {
        match self.output {
            Layout::Padded(shape) | Layout::Planes(shape) => shape,
        }
    }

    fn compute(&self, inputs: &[TValue], output: &mut [f32]) -> TractResult<()> {
        match &self.task {
            Task::Pixels { mean, scale } => {
                let pixels = inputs[0].try_as_plain_ram()?;
                write_pixels(pixels.as_slice()?, self.shape(), *mean, *scale, output);
            }
            Task::FromPlanes => from_planes(floats(&inputs[0])?, self.shape(), output),
            Task::ToPlanes => to_planes(floats(&inputs[0])?, self.shape(), output),
            Task::Convolve(convolution) => {
                let add = inputs.get(1).map(floats).transpose()?;
                let input = floats(&inputs[0])?;
                let run = |scratch: &RefCell<Scratch>| {
                    convolution.run(input, add, output, &mut scratch.borrow_mut());
                };
                SCRATCH.with(run);
            }
        }
        Ok(())
    }
}

fn floats(tensor: &TValue) -> TractResult<&[f32]> {
    let tensor: &Tensor = tensor;
    tensor.try_as_plain_ram()?.as_slice::<f32>()
}

/// Two operators are the same when they are copies of one.
impl PartialEq for FastOperator {
    fn eq(&self, other: &Self) -> bool {
        let is_same_task = match (&self.task, &other.task) {
            (Task::Convolve(a), Task::Convolve(b)) => Arc::ptr_eq(a, b),
            _ => false,
        };
        is_same_task && self.output == other.output
    }
}

impl Eq for FastOperator {}

impl EvalOp for FastOperator {
    not_out_of_plan!();

    fn eval(&self, _: &EvalContext, inputs: TVec<TValue>) -> TractResult<TVec<TValue>> {
        let compute = |output: &mut [f32]| self.compute(&inputs, output);
        let output = self.activations.filled(self.output, compute)?;
        Ok(tvec!(TValue::from_const(output)))
    }
}

impl Op for FastOperator {
    fn name(&self) -> StaticName {
        match self.task {
            Task::Pixels { .. } => "FastPixels".into(),
            Task::FromPlanes => "FastFromPlanes".into(),
            Task::ToPlanes => "FastToPlanes".into(),
            Task::Convolve(_) => "FastConv".into(),
        }
    }

    op_as_typed_op!();
}

impl TypedOp for FastOperator {
    fn output_facts(&self, _: &[&TypedFact]) -> TractResult<TVec<TypedFact>> {
        Ok(tvec!(f32::fact(self.output.dimensions())))
    }

    as_op!();
}
