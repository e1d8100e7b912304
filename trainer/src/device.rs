//! Where to compute.

use tch::{Cuda, Device};

/// A device that can't be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("there is no device {0:?}; write auto, cpu or cuda:0")]
    Unknown(String),
    #[error(
        "cuda:{index} is not there ({count} CUDA devices are); use --device cpu, or a libtorch \
         built for CUDA"
    )]
    Absent { index: usize, count: i64 },
}

/// Reads `auto`, `cpu`, `cuda` or `cuda:N`; `auto` takes the first CUDA device there is.
///
/// # Errors
/// The text is none of these, or that CUDA device is not there.
pub fn choose(text: &str) -> Result<Device, DeviceError> {
    let cuda = |index: usize| {
        let count = Cuda::device_count();
        if (index as i64) < count {
            Ok(Device::Cuda(index))
        } else {
            Err(DeviceError::Absent { index, count })
        }
    };
    match text {
        "auto" => Ok(Device::cuda_if_available()),
        "cpu" => Ok(Device::Cpu),
        "cuda" => cuda(0),
        other => match other.strip_prefix("cuda:").map(str::parse) {
            Some(Ok(index)) => cuda(index),
            _ => Err(DeviceError::Unknown(other.to_owned())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        assert_eq!(choose("cpu"), Ok(Device::Cpu));
        assert_eq!(choose("tpu"), Err(DeviceError::Unknown("tpu".into())));
    }

    #[test]
    fn a_cuda_device_that_is_not_there_is_refused() {
        let index = Cuda::device_count() as usize;
        let error = choose(&format!("cuda:{index}")).unwrap_err();
        assert!(matches!(error, DeviceError::Absent { .. }), "{error}");
    }
}
