//! The report of a real run, looked at in a real browser.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod drawn;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use drawn::draw_data_set;

const TRAINER: &str = env!("CARGO_BIN_EXE_trainer");

/// Runs in the page: what a person would see of it.
const LOOK: &str = r##"<script>
addEventListener("load", () => {
  const size = element => { const r = element.getBoundingClientRect(); return [r.width, r.height]; };
  const images = [...document.images];
  document.body.setAttribute("data-look", JSON.stringify({
    title: document.title,
    heading: document.querySelector("h1").innerText,
    command: document.querySelector("#command").innerText,
    charts: [...document.querySelectorAll("svg")].map(size),
    curves: document.querySelectorAll("#curves polyline[stroke-width='2']").length,
    cells: document.querySelectorAll("#confusion svg rect").length,
    images: images.map(image => image.naturalWidth),
    fetched: performance.getEntriesByType("resource").filter(e => !e.name.startsWith("data:")).length,
    too_wide: document.documentElement.scrollWidth > innerWidth,
  }));
});
</script>"##;

fn look(page: &Path) -> Value {
    let browser = std::env::var("CHROMIUM").unwrap_or_else(|_| "chromium".into());
    let profile = tempfile::tempdir().unwrap();
    let output = Command::new(&browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync"])
        .args(["--window-size=1280,900", "--virtual-time-budget=5000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap_or_else(|error| panic!("{browser}: {error}; tests/run.sh installs it"));
    let page = String::from_utf8(output.stdout).unwrap();
    let (_, look) = page.split_once("data-look=\"").expect("the page's script ran");
    let (look, _) = look.split_once('"').unwrap();
    serde_json::from_str(&look.replace("&quot;", "\"").replace("&amp;", "&")).unwrap()
}

#[test]
fn a_browser_shows_all_of_it_and_fetches_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, out) = (folder.path().join("data"), folder.path().join("out"));
    draw_data_set(&data, &["ace of clubs", "joker", "ten of hearts"], 12);
    let output = Command::new(TRAINER)
        .args(["--arch", "compact", "--side", "32", "--batch-size", "8", "--epochs", "2"])
        .args(["--drawn-cards", "0", "--drawn-empty", "0", "--max-lost", "100"])
        .args(["--data", data.to_str().unwrap(), "--out", out.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let evaluated = Command::new(TRAINER)
        .arg("evaluate")
        .arg(out.join("cardsight.onnx"))
        .args(["--json", "--data", data.to_str().unwrap()])
        .args([Path::new("--held-out-of"), &out.join("best.safetensors")])
        .args(["--apart-from", data.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(evaluated.status.success(), "{}", String::from_utf8_lossy(&evaluated.stderr));
    let figures: Value = serde_json::from_slice(&evaluated.stdout).unwrap();
    assert_eq!(figures["score"]["total"], 7);
    // Each image has itself in the data set.
    assert_eq!(figures["with_one_alike"], figures["score"]);

    let page = out.join("report.html");
    let html = fs::read_to_string(&page).unwrap();
    fs::write(&page, html.replace("</body>", &format!("{LOOK}</body>"))).unwrap();
    let look = look(&page);

    assert_eq!(look["title"], "Cardsight training report");
    assert!(look["heading"].as_str().unwrap().contains("/7 = "), "a fifth of 36: {look}");
    assert!(look["command"].as_str().unwrap().contains("--arch compact --side 32"), "{look}");
    let charts = look["charts"].as_array().unwrap();
    assert_eq!(charts.len(), 6, "loss, accuracy, rate, calibration, classes, confusion: {look}");
    for chart in charts {
        let (width, height) = (chart[0].as_f64().unwrap(), chart[1].as_f64().unwrap());
        assert!(width > 100.0 && height > 40.0, "{look}");
    }
    assert_eq!(look["curves"], 5, "two losses, two accuracies, a rate: {look}");
    assert!(look["cells"].as_u64().unwrap() >= 2, "{look}");
    let right: usize = look["heading"].as_str().unwrap()["Held out: ".len()..]
        .split('/')
        .next()
        .unwrap()
        .parse()
        .unwrap();
    assert_eq!(figures["score"]["right"], right);
    let images = look["images"].as_array().unwrap();
    assert_eq!(images.len(), 7 - right, "an image a mistake: {look}");
    assert!(images.iter().all(|width| width == 32), "{look}");
    assert_eq!(look["fetched"], 0, "{look}");
    assert_eq!(look["too_wide"], false, "{look}");
}
