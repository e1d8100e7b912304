//! The inner loops of all convolutions: sums of inputs times weights, kept in registers.
//!
//! A pass computes a group of 1, 2 or 4 vectors of output channels for all pixels, a few pixels
//! at a time. Each weight that is loaded serves several pixels, and each input several vectors.

use crate::kernels::simd::{Simd, Task};

/// Where the pixels of a buffer begin.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    /// The index of the first pixel's first value.
    pub(crate) start: usize,
    /// The number of values from a pixel to the next one of its row.
    pub(crate) step: usize,
    /// The number of values from a row to the next one.
    pub(crate) row_step: usize,
}

/// Sums over inputs times weights, for `height * width` pixels and all output channels.
pub(crate) struct Multiply<'a> {
    pub(crate) height: usize,
    pub(crate) width: usize,
    pub(crate) input: &'a [f32],
    pub(crate) from: Grid,
    /// Where the inputs of a pixel lie, counted from its place in `from`: runs of `4 * quads` values.
    pub(crate) runs: &'a [usize],
    /// The number of groups of four values in a run.
    pub(crate) quads: usize,
    /// How many values of each group count: 3 or 4.
    pub(crate) used: usize,
    /// For each group of output channels: `[runs, quads, used, channels of the group]`.
    pub(crate) weights: &'a [f32],
    /// What the sums begin with, one value for each stored output channel.
    pub(crate) initial: &'a [f32],
    pub(crate) output: &'a mut [f32],
    pub(crate) to: Grid,
    /// What happens to the sums; `None` stores them as they are.
    pub(crate) finish: Option<Finish<'a>>,
}

/// The end of a convolution.
#[derive(Clone, Copy)]
pub(crate) struct Finish<'a> {
    /// An activation in the layout of the output, which is added to it.
    pub(crate) add: Option<&'a [f32]>,
    pub(crate) relu: bool,
}

impl Task for Multiply<'_> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let vectors = self.initial.len() / S::LANES;
        let values = self.runs.len() * self.quads * self.used * S::LANES;
        let mut done = 0;
        while done < vectors {
            let group = S::next_group(vectors - done);
            let weights = &self.weights[done * values..][..group * values];
            let pass = Pass { multiply: &mut self, weights, first: done * S::LANES };
            match group {
                1 => simd.vectorize(FixedPass::<1>(pass)),
                2 => simd.vectorize(FixedPass::<2>(pass)),
                _ => simd.vectorize(FixedPass::<4>(pass)),
            }
            done += group;
        }
    }
}

/// One group of output channels.
struct Pass<'a, 'b> {
    multiply: &'a mut Multiply<'b>,
    weights: &'b [f32],
    /// The first output channel.
    first: usize,
}

/// A pass whose number of vectors the compiler knows.
struct FixedPass<'a, 'b, const VECTORS: usize>(Pass<'a, 'b>);

impl<const VECTORS: usize> Task for FixedPass<'_, '_, VECTORS> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let pixels = self.0.multiply.height * self.0.multiply.width;
        let blocks = pixels.div_ceil(S::pixels_in_registers(VECTORS));
        let mut cursor = Cursor { from: self.0.multiply.from.start, to: 0, column: 0 };
        cursor.to = self.0.multiply.to.start + self.0.first;
        // The pixels are split evenly: a block of one pixel takes almost as long as one of four.
        let (least, rest) = (pixels / blocks.max(1), pixels % blocks.max(1));
        for block in 0..blocks {
            let count = if block < rest { least + 1 } else { least };
            match count {
                1 => self.0.block::<S, VECTORS, 1>(simd, &mut cursor),
                2 => self.0.block::<S, VECTORS, 2>(simd, &mut cursor),
                3 => self.0.block::<S, VECTORS, 3>(simd, &mut cursor),
                4 => self.0.block::<S, VECTORS, 4>(simd, &mut cursor),
                5 => self.0.block::<S, VECTORS, 5>(simd, &mut cursor),
                6 => self.0.block::<S, VECTORS, 6>(simd, &mut cursor),
                7 => self.0.block::<S, VECTORS, 7>(simd, &mut cursor),
                _ => self.0.block::<S, VECTORS, 8>(simd, &mut cursor),
            }
        }
    }
}

/// The place of the next pixel.
struct Cursor {
    from: usize,
    to: usize,
    column: usize,
}

impl Cursor {
    #[inline(always)]
    fn advance(&mut self, multiply: &Multiply) {
        self.column += 1;
        self.from += multiply.from.step;
        self.to += multiply.to.step;
        if self.column == multiply.width {
            self.column = 0;
            self.from += multiply.from.row_step - multiply.width * multiply.from.step;
            self.to += multiply.to.row_step - multiply.width * multiply.to.step;
        }
    }
}

impl Pass<'_, '_> {
    /// Computes the next `PIXELS` pixels.
    #[inline(always)]
    fn block<S: Simd, const VECTORS: usize, const PIXELS: usize>(
        &mut self,
        simd: S,
        cursor: &mut Cursor,
    ) {
        if PIXELS > S::pixels_in_registers(VECTORS) {
            return; // `count` above never is that large; nothing is compiled for it.
        }
        let (mut starts, mut targets) = ([0; PIXELS], [0; PIXELS]);
        for pixel in 0..PIXELS {
            starts[pixel] = cursor.from;
            targets[pixel] = cursor.to;
            cursor.advance(self.multiply);
        }
        let sums = if self.multiply.used == 3 {
            self.sums::<S, VECTORS, PIXELS, 3>(simd, &starts)
        } else {
            self.sums::<S, VECTORS, PIXELS, 4>(simd, &starts)
        };
        self.store::<S, VECTORS, PIXELS>(simd, &targets, &sums);
    }

    #[inline(always)]
    fn sums<S: Simd, const VECTORS: usize, const PIXELS: usize, const USED: usize>(
        &self,
        simd: S,
        starts: &[usize; PIXELS],
    ) -> [[S::Vector; VECTORS]; PIXELS] {
        let multiply = &*self.multiply;
        let mut sums = [[simd.splat(0.0); VECTORS]; PIXELS];
        let initial = &S::arrays(&multiply.initial[self.first..])[..VECTORS];
        for sum in &mut sums {
            for vector in 0..VECTORS {
                sum[vector] = simd.load(&initial[vector]);
            }
        }
        let weights = S::arrays(self.weights).as_chunks::<VECTORS>().0.as_chunks::<USED>().0;
        let quads = multiply.quads;
        let input = multiply.input.as_chunks::<4>().0;
        for (run, weights) in multiply.runs.iter().zip(weights.chunks_exact(quads)) {
            let mut inputs: [&[[f32; 4]]; PIXELS] = [&[]; PIXELS];
            for pixel in 0..PIXELS {
                inputs[pixel] = &input[(starts[pixel] + run) / 4..][..quads];
            }
            for (index, weights) in weights.iter().enumerate() {
                let mut values = [simd.quad(&inputs[0][index]); PIXELS];
                for pixel in 1..PIXELS {
                    values[pixel] = simd.quad(&inputs[pixel][index]);
                }
                lane::<S, VECTORS, PIXELS, 0>(simd, &mut sums, &weights[0], &values);
                lane::<S, VECTORS, PIXELS, 1>(simd, &mut sums, &weights[1], &values);
                lane::<S, VECTORS, PIXELS, 2>(simd, &mut sums, &weights[2], &values);
                if USED == 4 {
                    lane::<S, VECTORS, PIXELS, 3>(simd, &mut sums, &weights[USED - 1], &values);
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn store<S: Simd, const VECTORS: usize, const PIXELS: usize>(
        &mut self,
        simd: S,
        targets: &[usize; PIXELS],
        sums: &[[S::Vector; VECTORS]; PIXELS],
    ) {
        let finish = self.multiply.finish.unwrap_or(Finish { add: None, relu: false });
        let output = S::arrays_mut(self.multiply.output);
        for pixel in 0..PIXELS {
            let mut results = sums[pixel];
            let target = targets[pixel] / S::LANES;
            if let Some(add) = finish.add {
                let add = &S::arrays(add)[target..][..VECTORS];
                for vector in 0..VECTORS {
                    results[vector] = simd.add(results[vector], simd.load(&add[vector]));
                }
            }
            if finish.relu {
                for result in &mut results {
                    *result = simd.relu(*result);
                }
            }
            let output = &mut output[target..][..VECTORS];
            for vector in 0..VECTORS {
                simd.store(results[vector], &mut output[vector]);
            }
        }
    }
}

/// Adds the product of a value of each pixel and its weights.
#[inline(always)]
fn lane<S: Simd, const VECTORS: usize, const PIXELS: usize, const LANE: i32>(
    simd: S,
    sums: &mut [[S::Vector; VECTORS]; PIXELS],
    weights: &[S::Array; VECTORS],
    values: &[S::Quad<'_>; PIXELS],
) {
    let mut loaded = [simd.splat(0.0); VECTORS];
    for vector in 0..VECTORS {
        loaded[vector] = simd.load(&weights[vector]);
    }
    for pixel in 0..PIXELS {
        for vector in 0..VECTORS {
            let sum = &mut sums[pixel][vector];
            *sum = simd.multiply_add_lane::<LANE>(*sum, loaded[vector], values[pixel]);
        }
    }
}

/// Packs the weights of all output channels for [`Multiply`].
pub(crate) struct Pack<'a, F: Fn(usize, usize) -> f32> {
    /// The number of values that each output channel sums: runs times quads times used.
    pub(crate) values: usize,
    /// The number of stored output channels.
    pub(crate) stored_outputs: usize,
    /// The weight of an output channel and a value.
    pub(crate) weight: F,
    pub(crate) packed: &'a mut [f32],
}

impl<F: Fn(usize, usize) -> f32> Task for Pack<'_, F> {
    type Output = ();

    #[inline(always)]
    fn run<S: Simd>(self, _simd: S) {
        let vectors = self.stored_outputs / S::LANES;
        let (mut done, mut place) = (0, 0);
        while done < vectors {
            let group = S::next_group(vectors - done);
            for value in 0..self.values {
                for output in done * S::LANES..(done + group) * S::LANES {
                    self.packed[place] = (self.weight)(output, value);
                    place += 1;
                }
            }
            done += group;
        }
    }
}
