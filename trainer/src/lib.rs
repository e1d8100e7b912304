//! From a folder of pictures to a model file: data set, augmentation, training,
//! export.

pub mod arch;
pub mod weights;
