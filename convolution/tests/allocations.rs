//! Once the scratch memory is large enough, a convolution allocates nothing.

mod common;

use common::{Case, pad, random};
use convolution::{ConvolutionSpec, Kernels, Scratch};
use dhat::HeapStats;

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

#[test]
fn the_second_run_allocates_nothing() {
    let mut scratch = Scratch::default();
    let _profiler = dhat::Profiler::builder().testing().build();
    for inputs in [3, 16, 64] {
        let spec = ConvolutionSpec { inputs, outputs: 24, kernel: 3, stride: 1, relu: true };
        let case = Case::random(&mut random(1), spec, 12, 12, false);
        for algorithm in case.algorithms() {
            let layer = case.convolution(Kernels::detect(), algorithm);
            let input = pad(&case.input, layer.input_shape());
            let mut output = vec![0.0; layer.output_shape().values()];
            layer.run(&input, None, &mut output, &mut scratch);
            // The test harness may allocate on its own thread meanwhile, but not each time.
            let allocations = (0..5).map(|_| {
                let before = HeapStats::get().total_blocks;
                layer.run(&input, None, &mut output, &mut scratch);
                HeapStats::get().total_blocks - before
            });
            assert_eq!(allocations.min(), Some(0), "{algorithm:?}, {inputs} inputs");
        }
    }
}
