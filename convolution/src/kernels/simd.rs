//! What the convolutions need of a processor's vector instructions.

/// A set of vector instructions. A value of the type proves that the processor has them.
///
/// The code above is written once against this trait and compiled for each set by
/// [`vectorize`](Self::vectorize). All functions on that path are `#[inline(always)]`, so that they
/// are compiled with the instructions of the set.
pub(crate) trait Simd: Copy {
    /// The number of values in a vector: 4 or 8.
    const LANES: usize;

    /// A vector in a register.
    type Vector: Copy;

    /// A vector in memory: `[f32; LANES]`.
    type Array: Copy;

    /// Four values, each of which can be multiplied by a vector.
    type Quad<'a>: Copy;

    /// The largest number of pixels whose sums stay in registers when each has `vectors` vectors.
    fn pixels_in_registers(vectors: usize) -> usize;

    /// How many of the `remaining` vectors of output channels the next pass computes: 1, 2 or 4.
    fn next_group(remaining: usize) -> usize;

    /// Runs `task`, compiled with the instructions of the set.
    fn vectorize<T: Task>(self, task: T) -> T::Output;

    /// The values as vectors; those after the last whole one are left out.
    fn arrays(values: &[f32]) -> &[Self::Array];

    /// The same for writing.
    fn arrays_mut(values: &mut [f32]) -> &mut [Self::Array];

    fn splat(self, value: f32) -> Self::Vector;

    fn load(self, array: &Self::Array) -> Self::Vector;

    fn store(self, vector: Self::Vector, array: &mut Self::Array);

    fn add(self, left: Self::Vector, right: Self::Vector) -> Self::Vector;

    fn subtract(self, left: Self::Vector, right: Self::Vector) -> Self::Vector;

    /// `sum + left * right`
    fn multiply_add(
        self,
        sum: Self::Vector,
        left: Self::Vector,
        right: Self::Vector,
    ) -> Self::Vector;

    /// Zero where the value is negative. A value that is not a number stays one.
    fn relu(self, vector: Self::Vector) -> Self::Vector;

    /// `(value - mean) * scale` of four bytes.
    fn normalize(self, values: [u8; 4], mean: &[f32; 4], scale: &[f32; 4]) -> [f32; 4];

    fn quad(self, values: &[f32; 4]) -> Self::Quad<'_>;

    /// `sum + vector * quad[LANE]`
    fn multiply_add_lane<const LANE: i32>(
        self,
        sum: Self::Vector,
        vector: Self::Vector,
        quad: Self::Quad<'_>,
    ) -> Self::Vector;
}

/// Work that is compiled for each set of instructions.
pub(crate) trait Task {
    type Output;

    /// Must be `#[inline(always)]`.
    fn run<S: Simd>(self, simd: S) -> Self::Output;
}
