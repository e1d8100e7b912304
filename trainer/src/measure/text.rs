//! The figures as text for people.

use std::path::PathBuf;

use super::tables::NamedScore;
use super::{Evaluation, ThresholdCounts};

/// At most this many classes, confusions and mistakes are listed.
const MOST_ROWS: usize = 10;

/// Writes all figures as lines of text. `paths` are those of the images.
pub fn describe(measured: &Evaluation, paths: &[PathBuf]) -> String {
    let mut lines = vec![
        measured.score.to_string(),
        format!("right class among the three most likely: {}", measured.top3),
    ];
    let ThresholdCounts { right, wrong, unnamed } = measured.accepted;
    lines.push(format!(
        "at the accept threshold {:.3}: {right} right, {wrong} wrong, {unnamed} not shown",
        measured.accept_threshold
    ));
    for (title, table) in [("ranks", &measured.by_rank), ("suits", &measured.by_suit)] {
        if !table.is_empty() {
            lines.push(format!("right {title}: {}", in_one_line(table)));
        }
    }
    lines.extend(mistake_lines(measured, paths));
    lines.extend(reliability_lines(measured));
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// The classes, confusions and images that are wrong most often; empty without mistakes.
fn mistake_lines(measured: &Evaluation, paths: &[PathBuf]) -> Vec<String> {
    let mut classes: Vec<&NamedScore> =
        measured.by_class.iter().filter(|row| row.score.right < row.score.total).collect();
    if classes.is_empty() {
        return Vec::new();
    }
    classes.sort_by(|a, b| a.score.share().total_cmp(&b.score.share()));
    let mut lines = vec!["classes with most mistakes:".to_owned()];
    for NamedScore { name, score } in classes.into_iter().take(MOST_ROWS) {
        lines.push(format!("  {name:<20} {}/{}", score.right, score.total));
    }
    lines.push("most frequent confusions:".to_owned());
    for (class, answer, count) in frequent_confusions(measured).into_iter().take(MOST_ROWS) {
        let [class, answer] = [class, answer].map(|index| &measured.classes[index]);
        lines.push(format!("  {count} × {class} classified as {answer}"));
    }
    lines.push("most confident mistakes:".to_owned());
    for mistake in measured.mistakes.iter().take(MOST_ROWS) {
        let answer = &measured.classes[mistake.named];
        let (percent, path) = (mistake.confidence * 100.0, &paths[mistake.image]);
        lines.push(format!("  {percent:.1} % {answer}: {}", path.display()));
    }
    lines
}

fn reliability_lines(measured: &Evaluation) -> Vec<String> {
    let reliability = &measured.reliability;
    let percent = reliability.expected_error * 100.0;
    let mut lines = vec![format!("reliability (expected calibration error {percent:.1} %):")];
    for bin in &reliability.bins {
        let (confidence, right) = (bin.confidence * 100.0, bin.right * 100.0);
        lines.push(format!(
            "  {:5} answers with {confidence:5.1} % mean confidence, {right:5.1} % right",
            bin.answers
        ));
    }
    lines
}

/// The class, the wrong answer and the number of images, the most frequent first.
fn frequent_confusions(measured: &Evaluation) -> Vec<(usize, usize, usize)> {
    let cells = measured.confusion.iter().enumerate().flat_map(|(class, row)| {
        row.iter().enumerate().map(move |(answer, &count)| (class, answer, count))
    });
    let mut wrong: Vec<_> =
        cells.filter(|&(class, answer, count)| class != answer && count > 0).collect();
    wrong.sort_by_key(|&(.., count)| std::cmp::Reverse(count));
    wrong
}

fn in_one_line(table: &[NamedScore]) -> String {
    let parts = table
        .iter()
        .map(|NamedScore { name, score }| format!("{name} {}/{}", score.right, score.total));
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::ClassMap;

    #[test]
    fn the_text_lists_confusions_and_the_image_of_each_mistake() {
        let classes = ClassMap::new(["ace of clubs", "two of clubs"].map(str::to_owned));
        let logits = [vec![2.0, 0.0], vec![3.0, 0.0]];
        let measured = Evaluation::new(&classes, &logits, &[0, 1], 1.0, 0.5);
        let text = describe(&measured, &["a.jpg".into(), "b.jpg".into()]);
        for words in ["1/2", "1 × two of clubs classified as ace of clubs", "b.jpg", "clubs 2/2"] {
            assert!(text.contains(words), "{words:?} in {text}");
        }
    }
}
