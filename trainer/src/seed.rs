//! Seeds of independent random streams: every random number of the trainer follows from the
//! seed that the user gave, from what the numbers are used for, and from an index.

use rand::SeedableRng as _;
use rand_pcg::Pcg64;

/// What a stream of random numbers is used for. Two streams of one seed are independent.
///
/// A changed number would change every run that is repeated or resumed, so new streams get new
/// numbers. The split of a data set is not among them: it uses the seed itself, so that the
/// held-out images of earlier checkpoints stay known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RandomStream {
    /// The weights before the first step; no index.
    InitialWeights = 1,
    /// Random numbers that libtorch draws during an epoch, such as those of dropout; index:
    /// the epoch.
    Epoch = 2,
    /// The order of the images of an epoch; index: the epoch.
    ImageOrder = 3,
    /// How an image is drawn and augmented; index: the epoch and the image's place in it.
    Image = 4,
    /// The shape of the scenes of a step; index: the step.
    FrameShape = 5,
    /// How a scene is composed; index: the step and the scene's place in the batch.
    Scene = 6,
    /// Cards that are drawn for scenes; index: the card.
    StockCard = 7,
    /// Table tops that are drawn for scenes; index: the table top.
    StockTexture = 8,
    /// Images of a drawn data set; index: the card.
    RenderedCard = 9,
    /// A scene from which crops are cut, and their random numbers; index: the scene.
    CropScene = 10,
    /// The crops of an epoch; index: the epoch.
    CropChoice = 11,
}

/// The seed of a stream: the same numbers give the same seed on every machine.
pub fn derive(seed: u64, stream: RandomStream, index: &[u64]) -> u64 {
    index.iter().fold(mixed_in(mix(seed), stream as u64), |state, &number| mixed_in(state, number))
}

/// The random numbers of a stream.
pub fn stream(seed: u64, stream: RandomStream, index: &[u64]) -> Pcg64 {
    Pcg64::seed_from_u64(derive(seed, stream, index))
}

/// A state that depends on another state and on a number, and on which of them is which.
fn mixed_in(state: u64, number: u64) -> u64 {
    mix(state.rotate_left(17) ^ mix(number))
}

/// One step of SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number
/// generators", 2014): a bijection in which every input bit changes half of the output bits.
fn mix(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn seeds_streams_and_indices_do_not_collide() {
        let mut seen = HashSet::new();
        for seed in [0, 1, 2, u64::MAX] {
            for stream in [
                RandomStream::InitialWeights,
                RandomStream::Epoch,
                RandomStream::Image,
                RandomStream::Scene,
            ] {
                assert!(seen.insert(derive(seed, stream, &[])));
                for a in 0..40 {
                    assert!(seen.insert(derive(seed, stream, &[a])));
                    for b in 0..40 {
                        assert!(seen.insert(derive(seed, stream, &[a, b])));
                    }
                }
            }
        }
    }

    /// A run that an earlier build of the program started is resumed with the same numbers.
    #[test]
    fn seeds_do_not_change_with_the_program() {
        assert_eq!(derive(0, RandomStream::InitialWeights, &[]), 0x5611_22fb_7ccb_a0e4);
        assert_eq!(derive(7, RandomStream::Image, &[1, 2]), 0x1ddf_9a11_f295_5e93);
    }
}
