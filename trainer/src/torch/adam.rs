//! Adam and AdamW with a state that can be stored; libtorch's own optimiser does not expose its
//! state.

use tch::Tensor;
use tch::nn::VarStore;

use crate::recipe::Optimizer;
use crate::torch::tensors::{from_tensor, into_tensor};
use crate::weights::{Array, GradientNorm, Weights, WeightsError};

/// Decay of the mean of the gradients, and of the mean of their squares.
const BETA: [f64; 2] = [0.9, 0.999];

/// Guard against division by zero.
const EPSILON: f64 = 1e-8;

/// Prefix of a weight's name for the mean of its gradients.
const MEAN: &str = "mean/";

/// Prefix of a weight's name for the squares of its gradients.
const SQUARES: &str = "squares/";

/// Numbers that are updated together, so that they stay in a core's cache from one operation
/// to the next.
const CHUNK: i64 = 1 << 16;

/// The weights under training and what Adam stores for each
/// (D. Kingma, J. Ba, "Adam: a method for stochastic optimization", 2014; decay apart
/// from the gradients after I. Loshchilov, F. Hutter, arXiv:1711.05101).
#[derive(Debug)]
pub struct Adam {
    weight_decay: f64,
    /// In order of their names.
    parameters: Vec<Parameter>,
    steps: u64,
}

#[derive(Debug)]
struct Parameter {
    name: String,
    weight: Tensor,
    mean: Tensor,
    /// Decaying sum, not mean, of the squared gradients: one multiplication less.
    squares: Tensor,
}

impl Adam {
    /// An optimiser of all trainable variables of a store.
    pub fn new(rule: Optimizer, store: &VarStore) -> Self {
        let mut variables: Vec<_> = store.variables().into_iter().collect();
        variables.retain(|(_, weight)| weight.requires_grad());
        variables.sort_by(|(a, _), (b, _)| a.cmp(b));
        let parameters = variables.into_iter().map(|(name, weight)| Parameter {
            name,
            mean: weight.zeros_like(),
            squares: weight.zeros_like(),
            weight,
        });
        let weight_decay = match rule {
            Optimizer::Adam => 0.0,
            Optimizer::AdamW { weight_decay } => weight_decay,
        };
        Self { weight_decay, parameters: parameters.collect(), steps: 0 }
    }

    /// The gradients of a loss with respect to each weight, in the order of the weights' names.
    pub fn gradients(&self, loss: &Tensor) -> Vec<Tensor> {
        let weights: Vec<&Tensor> = self.parameters.iter().map(|p| &p.weight).collect();
        Tensor::run_backward(&[loss], &weights, false, false)
    }

    /// Scales all gradients together down to the norm `largest`, where their norm is larger.
    pub fn clip(gradients: &mut [Tensor], largest: f64) {
        tch::no_grad(|| {
            let norms: Vec<Tensor> = gradients.iter().map(Tensor::norm).collect();
            let scale = largest / (Tensor::stack(&norms, 0).norm().double_value(&[]) + 1e-6);
            if scale < 1.0 {
                for gradient in gradients {
                    let _ = gradient.g_mul_scalar_(scale);
                }
            }
        });
    }

    /// Moves the weights against their gradients. At a rate of 0 the gradients only enter the
    /// stored means.
    pub fn step(&mut self, gradients: &[Tensor], rate: f64) {
        self.steps += 1;
        let update = Update::new(self.steps, rate, self.weight_decay);
        tch::no_grad(|| {
            for (parameter, gradient) in self.parameters.iter().zip(gradients) {
                parameter.update(gradient, &update);
            }
        });
    }

    /// The norm of each weight's gradient.
    pub fn norms(&self, gradients: &[Tensor]) -> Vec<GradientNorm> {
        tch::no_grad(|| {
            self.parameters.iter().zip(gradients).map(|(p, gradient)| p.norm(gradient)).collect()
        })
    }

    /// What is stored for each weight, under the weight's name with a prefix.
    pub fn state(&self) -> Weights {
        self.parameters.iter().flat_map(Parameter::state).collect()
    }

    /// Restores what [`Adam::state`] returned after a number of steps.
    ///
    /// # Errors
    /// The arrays belong to another network.
    pub fn restore(&mut self, state: &Weights, steps: u64) -> Result<(), WeightsError> {
        for Parameter { name, mean, squares, .. } in &mut self.parameters {
            into_tensor(state, &format!("{MEAN}{name}"), mean)?;
            into_tensor(state, &format!("{SQUARES}{name}"), squares)?;
        }
        self.steps = steps;
        Ok(())
    }

    /// Steps done so far.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}

impl Parameter {
    /// Updates the weight, in pieces of [`CHUNK`] numbers where it is large.
    fn update(&self, gradient: &Tensor, update: &Update) {
        let tensors = [&self.weight, &self.mean, &self.squares];
        let count = gradient.numel() as i64;
        if count <= CHUNK || !tensors.iter().all(|tensor| tensor.is_contiguous()) {
            update.apply(gradient, &mut tensors.map(Tensor::shallow_clone));
            return;
        }
        let gradient = gradient.contiguous().view([-1]);
        let tensors = tensors.map(|tensor| tensor.view([-1]));
        for start in (0..count).step_by(CHUNK as usize) {
            let length = CHUNK.min(count - start);
            let gradient = gradient.narrow(0, start, length);
            update.apply(&gradient, &mut tensors.each_ref().map(|t| t.narrow(0, start, length)));
        }
    }

    fn norm(&self, gradient: &Tensor) -> GradientNorm {
        let norm = gradient.norm().double_value(&[]);
        let rms = norm / (gradient.numel().max(1) as f64).sqrt();
        GradientNorm { name: self.name.clone(), norm, rms }
    }

    fn state(&self) -> [(String, Array); 2] {
        [(MEAN, &self.mean), (SQUARES, &self.squares)]
            .map(|(prefix, tensor)| (format!("{prefix}{}", self.name), from_tensor(tensor)))
    }
}

/// The numbers of one step that are the same for every weight.
struct Update {
    rate: f64,
    /// What a weight is multiplied by before it is moved.
    kept: f64,
    squares_scale: f64,
    factor: f64,
}

impl Update {
    /// `steps`: the number of this step, counted from 1.
    fn new(steps: u64, rate: f64, weight_decay: f64) -> Self {
        let [mean_bias, squares_bias] = BETA.map(|beta| 1.0 - beta.powi(steps as i32));
        // weight −= rate · (mean / mean_bias) / (√(squares · (1 − β₂) / squares_bias) + ε),
        // as weight += mean / divisor.
        Self {
            rate,
            kept: 1.0 - rate * weight_decay,
            squares_scale: ((1.0 - BETA[1]) / squares_bias).sqrt(),
            factor: -mean_bias / rate,
        }
    }

    /// Changes a weight (or a piece of one), its mean and its squares in place.
    fn apply(&self, gradient: &Tensor, [weight, mean, squares]: &mut [Tensor; 3]) {
        let _ = mean.lerp_(gradient, 1.0 - BETA[0]);
        let _ = squares.g_mul_scalar_(BETA[1]).addcmul_(gradient, gradient);
        if self.rate == 0.0 {
            return;
        }
        if self.kept != 1.0 {
            let _ = weight.g_mul_scalar_(self.kept);
        }
        let mut divisor = squares.sqrt();
        let _ = divisor.g_mul_scalar_(self.squares_scale * self.factor);
        let _ = divisor.g_add_scalar_(EPSILON * self.factor);
        let _ = weight.addcdiv_(mean, &divisor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tch::nn::{self, OptimizerConfig};
    use tch::{Device, Kind};

    /// A store with one weight that has the same initial numbers each time.
    fn store(count: i64) -> (VarStore, Tensor) {
        let store = VarStore::new(Device::Cpu);
        let mut weight = store.root().var("weight", &[count], nn::Init::Const(0.0));
        tch::no_grad(|| weight.copy_(&Tensor::linspace(-2.0, 3.0, count, FLOAT)));
        (store, weight)
    }

    const FLOAT: (Kind, Device) = (Kind::Float, Device::Cpu);

    fn loss(weight: &Tensor) -> Tensor {
        (weight * Tensor::linspace(-1.0, 3.0, weight.numel() as i64, FLOAT)).sin().sum(Kind::Float)
    }

    fn values(weight: &Tensor) -> Vec<f32> {
        Vec::try_from(weight).unwrap()
    }

    #[test]
    fn steps_equal_those_of_libtorch() {
        // One weight in one piece, and one in several pieces of which the last is short.
        let [decayed, plain] = [Optimizer::AdamW { weight_decay: 0.1 }, Optimizer::Adam];
        for (rule, weight_decay, count) in [(plain, 0.0, 3), (decayed, 0.1, 2 * CHUNK + 5)] {
            let (ours_store, ours) = store(count);
            let (theirs_store, theirs) = store(count);
            let mut adam = Adam::new(rule, &ours_store);
            let mut peer = nn::AdamW { wd: weight_decay, ..Default::default() }
                .build(&theirs_store, 0.01)
                .unwrap();
            for _ in 0..50 {
                adam.step(&adam.gradients(&loss(&ours)), 0.01);
                peer.backward_step(&loss(&theirs));
            }
            for (a, b) in values(&ours).into_iter().zip(values(&theirs)) {
                assert!((a - b).abs() < 1e-5, "{a} instead of {b}");
            }
        }
    }

    #[test]
    fn a_rate_of_zero_moves_nothing() {
        let (store, weight) = store(3);
        let mut adam = Adam::new(Optimizer::AdamW { weight_decay: 0.1 }, &store);
        adam.step(&adam.gradients(&loss(&weight)), 0.0);
        assert_eq!(values(&weight), [-2.0, 0.5, 3.0]);
    }

    #[test]
    fn clipped_gradients_have_the_norm_asked_for() {
        let (store, weight) = store(3);
        let adam = Adam::new(Optimizer::Adam, &store);
        let mut gradients = adam.gradients(&(&weight * 100.0).sum(Kind::Float));
        assert!((adam.norms(&gradients)[0].norm - 100.0 * 3.0_f64.sqrt()).abs() < 1e-3);
        Adam::clip(&mut gradients, 2.0);
        assert!((adam.norms(&gradients)[0].norm - 2.0).abs() < 1e-4);
    }
}
