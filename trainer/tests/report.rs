//! The report of a real training run in a real browser.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod drawn;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use drawn::draw_data_set;

const TRAINER: &str = env!("CARGO_BIN_EXE_trainer");

/// A script that runs in the page and collects what a person sees of it.
const SCRIPT: &str = r##"<script>
addEventListener("load", () => {
  const size = element => { const r = element.getBoundingClientRect(); return [r.width, r.height]; };
  const images = [...document.images];
  document.body.setAttribute("data-page", JSON.stringify({
    title: document.title,
    heading: document.querySelector("h1").innerText,
    command: document.querySelector("#command").innerText,
    charts: [...document.querySelectorAll("svg")].map(size),
    curves: document.querySelectorAll("#curves polyline[stroke-width='2']").length,
    cells: document.querySelectorAll("#confusion svg rect").length,
    total: [...document.querySelectorAll("#layers tr:last-child td")].map(cell => cell.innerText),
    images: images.map(image => image.naturalWidth),
    fetched: performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length,
    too_wide: document.documentElement.scrollWidth > innerWidth,
  }));
});
</script>"##;

/// What the script finds in a page.
fn rendered(page: &Path) -> Value {
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".into());
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--window-size=1280,900", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap_or_else(|error| panic!("{browser}: {error}; tests/run.sh installs the browser"));
    let page = String::from_utf8(output.stdout).unwrap();
    let (_, json) = page.split_once("data-page=\"").expect("the page's script ran");
    let (json, _) = json.split_once('"').unwrap();
    serde_json::from_str(&json.replace("&quot;", "\"").replace("&amp;", "&")).unwrap()
}

/// Runs the trainer and returns what it prints.
fn run(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Trains a small network for two epochs.
fn train(data: &Path, out: &Path) {
    run(Command::new(TRAINER)
        .args(["--arch", "compact", "--side", "32", "--batch-size", "8", "--epochs", "2"])
        .args(["--drawn-cards", "0", "--drawn-empty", "0", "--max-lost", "100"])
        .args([Path::new("--data"), data, Path::new("--out"), out]));
}

/// The figures of the network's model file on its held-out images.
fn evaluate(data: &Path, out: &Path) -> Value {
    let json = run(Command::new(TRAINER)
        .args([Path::new("evaluate"), &out.join("cardsight.onnx"), Path::new("--json")])
        .args([Path::new("--data"), data, Path::new("--apart-from"), data])
        .args([Path::new("--held-out-of"), &out.join("best.safetensors")]));
    serde_json::from_slice(&json).unwrap()
}

#[test]
fn a_browser_shows_the_complete_page_and_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    draw_data_set(&data, &["ace of clubs", "joker", "ten of hearts"], 12);
    train(&data, &out);
    let figures = evaluate(&data, &out);
    assert_eq!(figures["score"]["total"], 7);
    // The data set contains each of its images, so each one has a similar image there.
    assert_eq!(figures["with_one_alike"], figures["score"]);

    let page = out.join("report.html");
    let html = fs::read_to_string(&page).unwrap();
    fs::write(&page, html.replace("</body>", &format!("{SCRIPT}</body>"))).unwrap();
    let shown = rendered(&page);

    assert_eq!(shown["title"], "Cardsight training report");
    let heading = shown["heading"].as_str().unwrap();
    assert!(heading.contains("/7 = "), "a fifth of 36 images is held out: {shown}");
    assert!(shown["command"].as_str().unwrap().contains("--arch compact --side 32"), "{shown}");
    let charts = shown["charts"].as_array().unwrap();
    let kinds = "loss, accuracy, rate, gradients, calibration, classes, confusion";
    assert_eq!(charts.len(), 7, "{kinds}: {shown}");
    for chart in charts {
        let (width, height) = (chart[0].as_f64().unwrap(), chart[1].as_f64().unwrap());
        assert!(width > 100.0 && height > 40.0, "{shown}");
    }
    assert_eq!(shown["curves"], 6, "two losses, two accuracies, a rate and a norm: {shown}");
    assert!(shown["cells"].as_u64().unwrap() >= 2, "{shown}");
    assert_eq!(shown["total"][0], "total", "{shown}");
    assert_eq!(shown["total"][3], "1,520,891", "weights of a network for three classes: {shown}");
    let score = heading["Held-out images: ".len()..].split('/').next().unwrap();
    let right: usize = score.parse().unwrap();
    assert_eq!(figures["score"]["right"], right);
    let images = shown["images"].as_array().unwrap();
    assert_eq!(images.len(), 7 - right, "each mistake is shown as an image: {shown}");
    assert!(images.iter().all(|width| width == 32), "{shown}");
    assert_eq!(shown["fetched"], 0, "{shown}");
    assert_eq!(shown["too_wide"], false, "{shown}");
}
