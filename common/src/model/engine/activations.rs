//! The memory of the fast operators' results, which is used again from frame to frame.

use std::sync::{Arc, Mutex, PoisonError};

use convolution::PaddedShape;
use tract_onnx::prelude::{Tensor, TractResult};

/// The most tensors that are kept. A network needs fewer than 20 at a time, and as many again for
/// each further thread that runs it.
const MOST_KEPT: usize = 128;

/// How the values of a tensor are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// `[shape.values()]`, as the crate `convolution` computes with them.
    Padded(PaddedShape),
    /// `[1, channels, height, width]`, as tract computes with them.
    Planes(PaddedShape),
}

impl Layout {
    /// The shape of the tensor.
    pub(super) fn dimensions(self) -> Vec<usize> {
        match self {
            Self::Padded(shape) => vec![shape.values()],
            Self::Planes(shape) => vec![1, shape.channels, shape.height, shape.width],
        }
    }
}

/// Tensors that are used again as soon as nobody else holds them.
#[derive(Debug, Default)]
pub(super) struct Activations {
    kept: Mutex<Vec<(Layout, Arc<Tensor>)>>,
}

impl Activations {
    /// Has a tensor of this layout filled, and returns it. Border, slack and surplus channels of
    /// a padded tensor are zero before; the other values are unknown.
    pub(super) fn filled(
        &self,
        layout: Layout,
        fill: impl FnOnce(&mut [f32]) -> TractResult<()>,
    ) -> TractResult<Arc<Tensor>> {
        let mut tensor = match self.take(layout) {
            Some(tensor) => tensor,
            None => Arc::new(Tensor::zero_aligned::<f32>(&layout.dimensions(), 64)?),
        };
        let unshared = Arc::get_mut(&mut tensor).expect("nobody else holds the tensor");
        fill(unshared.try_as_plain_ram_mut()?.as_slice_mut::<f32>()?)?;
        self.keep(layout, &tensor);
        Ok(tensor)
    }

    /// A tensor that nobody else holds, and that nobody can get from here any more.
    fn take(&self, layout: Layout) -> Option<Arc<Tensor>> {
        // A thread that panicked left complete tensors behind.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let is_free = |(kept, tensor): &(Layout, Arc<Tensor>)| {
            *kept == layout && Arc::strong_count(tensor) == 1
        };
        let at = kept.iter().position(is_free)?;
        Some(kept.swap_remove(at).1)
    }

    fn keep(&self, layout: Layout, tensor: &Arc<Tensor>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST_KEPT {
            kept.push((layout, Arc::clone(tensor)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout::Padded(PaddedShape::new(4, 4, 8));

    fn filled(activations: &Activations, value: f32) -> Arc<Tensor> {
        activations
            .filled(LAYOUT, |values| {
                values.fill(value);
                Ok(())
            })
            .unwrap()
    }

    #[test]
    fn a_tensor_is_used_again_when_nobody_holds_it() {
        let activations = Activations::default();
        let first = filled(&activations, 1.0);
        let address = Arc::as_ptr(&first);
        let second = filled(&activations, 2.0);
        assert_ne!(Arc::as_ptr(&second), address);
        assert_eq!(first.try_as_plain_ram().unwrap().as_slice::<f32>().unwrap()[0], 1.0);
        drop(first);
        assert_eq!(Arc::as_ptr(&filled(&activations, 3.0)), address);
    }

    #[test]
    fn layouts_of_equal_length_are_kept_apart() {
        let activations = Activations::default();
        let [wide, high] = [(8, 4), (4, 8)]
            .map(|(width, height)| Layout::Padded(PaddedShape::new(height, width, 8)));
        assert_eq!(wide.dimensions(), high.dimensions());
        drop(activations.filled(wide, |_| Ok(())).unwrap());
        assert!(activations.take(high).is_none());
    }
}
