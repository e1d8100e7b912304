//! `edge doctor`: what works on this machine.

use std::process::ExitCode;

use crate::cli::DoctorArgs;
use crate::config::Config;
use crate::recognize::Recognizer;

/// One thing that was looked at.
struct Finding {
    what: &'static str,
    /// What was found, or what is wrong and the remedy.
    outcome: Result<String, String>,
}

/// Runs the command; fails when anything that this version needs does not work.
pub fn run(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    let config = args.config.as_deref().map_or(Ok(Config::default()), Config::read);
    let model_path = config.as_ref().ok().and_then(|config| config.model.clone());
    let findings = [
        Finding { what: "configuration", outcome: config.map(describe).map_err(|e| e.to_string()) },
        Finding { what: "model", outcome: model(model_path.as_deref()) },
        Finding { what: "processor", outcome: Ok(processor()) },
    ];
    for Finding { what, outcome } in &findings {
        match outcome {
            Ok(found) => println!("ok      {what}: {found}"),
            Err(trouble) => println!("FAILED  {what}: {trouble}"),
        }
    }
    println!("absent  camera, GPIO, screen: not built into this version");
    let all_fine = findings.iter().all(|finding| finding.outcome.is_ok());
    Ok(if all_fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(config: Config) -> String {
    format!("source {:?}, {} lamps", config.source, config.lamps.len())
}

fn model(path: Option<&std::path::Path>) -> Result<String, String> {
    let recognizer = Recognizer::load(path).map_err(|error| error.to_string())?;
    let info = recognizer.classifier().info();
    Ok(format!(
        "{} network, {} weights, {} classes, {side}×{side} pixels, held-out accuracy {}",
        info.architecture,
        info.weights,
        info.classes.len(),
        info.valid_int8,
        side = info.side,
    ))
}

/// The features that make the network fast.
fn processor() -> String {
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
    let known: Vec<&str> =
        features.iter().filter(|(_, there)| *there).map(|(name, _)| *name).collect();
    format!("{} with {}", std::env::consts::ARCH, known.join(", "))
}
