//! Where to compute, and in which arithmetic.

use tch::{Cuda, Device, Kind};

use crate::recipe::Precision;

/// A device that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceError {
    #[error("there is no device {0:?}; write auto, cpu or cuda:0")]
    Unknown(String),
    #[error(
        "there is no device cuda:{index} (CUDA devices found: {count}); use --device cpu, or a \
         libtorch that was built for CUDA"
    )]
    Absent { index: usize, count: i64 },
}

/// Parses `auto`, `cpu`, `cuda` or `cuda:N`; `auto` is the first CUDA device, or the CPU where
/// there is none.
///
/// # Errors
/// The text names no device, or a CUDA device that this machine does not have.
pub fn choose(text: &str) -> Result<Device, DeviceError> {
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

fn cuda(index: usize) -> Result<Device, DeviceError> {
    let count = Cuda::device_count();
    if (index as i64) < count {
        Ok(Device::Cuda(index))
    } else {
        Err(DeviceError::Absent { index, count })
    }
}

/// The arithmetic that a precision means on a device: f32 or bfloat16.
pub fn kind(precision: Precision, device: Device) -> Kind {
    match (precision, device) {
        (Precision::Bf16, _) | (Precision::Auto, Device::Cuda(_)) => Kind::BFloat16,
        (Precision::F32 | Precision::Auto, _) => Kind::Float,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_names_are_parsed() {
        assert_eq!(choose("cpu"), Ok(Device::Cpu));
        assert_eq!(choose("tpu"), Err(DeviceError::Unknown("tpu".into())));
    }

    #[test]
    fn an_absent_cuda_device_is_refused() {
        let index = Cuda::device_count() as usize;
        let error = choose(&format!("cuda:{index}")).unwrap_err();
        assert!(matches!(error, DeviceError::Absent { .. }), "{error}");
    }

    #[test]
    fn automatic_precision_is_bf16_on_cuda_only() {
        assert_eq!(kind(Precision::Auto, Device::Cuda(0)), Kind::BFloat16);
        assert_eq!(kind(Precision::Auto, Device::Cpu), Kind::Float);
        assert_eq!(kind(Precision::F32, Device::Cuda(0)), Kind::Float);
        assert_eq!(kind(Precision::Bf16, Device::Cpu), Kind::BFloat16);
    }
}
