//! What the machine itself is like: its processor and its temperature.

use super::finding::Finding;
use crate::service::temperature;

pub(super) fn temperature() -> Finding {
    match temperature::celsius() {
        Some(celsius) => Finding::Present(format!("{celsius:.0} °C")),
        None => Finding::Absent("the kernel does not report it".into()),
    }
}

/// Returns the architecture and the features that make the networks fast.
pub(super) fn processor() -> Finding {
    #[cfg(target_arch = "x86_64")]
    let features = [
        ("AVX2", std::arch::is_x86_feature_detected!("avx2")),
        ("FMA", std::arch::is_x86_feature_detected!("fma")),
        ("AVX-512", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    #[cfg(target_arch = "aarch64")]
    let features = [
        ("NEON", std::arch::is_aarch64_feature_detected!("neon")),
        ("FP16", std::arch::is_aarch64_feature_detected!("fp16")),
        ("dot product", std::arch::is_aarch64_feature_detected!("dotprod")),
    ];
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let features: [(&str, bool); 0] = [];
    let present: Vec<&str> =
        features.iter().filter(|(_, is_present)| *is_present).map(|(name, _)| *name).collect();
    Finding::Present(format!("{} with {}", std::env::consts::ARCH, present.join(", ")))
}
