//! What the machine itself is like: board, system, processor and temperature.

use std::fs;
use std::path::Path;

use super::finding::Finding;
use crate::service::temperature;

/// The board, the system and the kernel, whose interfaces to devices differ between versions.
pub(super) fn system() -> Finding {
    Finding::Present(describe_system(Path::new("/")))
}

fn describe_system(root: &Path) -> String {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let release = read("etc/os-release");
    let names = release.lines().filter_map(|line| line.strip_prefix("PRETTY_NAME="));
    let parts = [
        // The device tree ends its texts with a zero.
        read("proc/device-tree/model").trim_end_matches('\0').to_owned(),
        names.map(|name| name.trim_matches('"').to_owned()).next().unwrap_or_default(),
        format!("Linux {}", read("proc/sys/kernel/osrelease").trim()),
    ];
    let known: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    known.join(", ")
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_board_the_system_and_the_kernel_are_named() {
        let root = tempfile::tempdir().unwrap();
        for (file, text) in [
            ("proc/device-tree/model", "Raspberry Pi 4 Model B\0"),
            ("proc/sys/kernel/osrelease", "6.1.0-28-arm64\n"),
            ("etc/os-release", "ID=debian\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"),
        ] {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(
            describe_system(root.path()),
            "Raspberry Pi 4 Model B, Debian GNU/Linux 12 (bookworm), Linux 6.1.0-28-arm64"
        );
    }
}
