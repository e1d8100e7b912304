//! Figures as lines of text.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::tables::Named;
use super::{Accepted, Evaluation};

/// Classes, confusions and mistakes that are listed.
const LISTED: usize = 10;

/// Everything that `trainer evaluate` prints; `paths` are those of the images.
pub fn describe(measured: &Evaluation, paths: &[PathBuf]) -> String {
    let mut text = String::new();
    let Accepted { right, wrong, unnamed } = measured.accepted;
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}"); // Strings take every text.
    };
    line(measured.score.to_string());
    line(format!("right among the three likeliest: {}", measured.top3));
    line(format!(
        "at the accept threshold {:.3}: {right} right, {wrong} wrong, {unnamed} not named",
        measured.accept_threshold
    ));
    for (title, table) in [("rank", &measured.by_rank), ("suit", &measured.by_suit)] {
        if !table.is_empty() {
            line(format!("{title} read rightly: {}", in_one_line(table)));
        }
    }
    let mut classes: Vec<&Named> =
        measured.by_class.iter().filter(|row| row.score.right < row.score.total).collect();
    classes.sort_by(|a, b| a.score.share().total_cmp(&b.score.share()));
    if !classes.is_empty() {
        line("classes with most mistakes:".into());
        for row in classes.into_iter().take(LISTED) {
            line(format!("  {:<20} {}/{}", row.name, row.score.right, row.score.total));
        }
        line("most frequent confusions:".into());
        for (shown, named, count) in frequent_confusions(measured).into_iter().take(LISTED) {
            let [shown, named] = [shown, named].map(|class| &measured.classes[class]);
            line(format!("  {count} × {shown} named {named}"));
        }
        line("surest mistakes:".into());
        for mistake in measured.mistakes.iter().take(LISTED) {
            let named = &measured.classes[mistake.named];
            let (sure, path) = (mistake.confidence * 100.0, &paths[mistake.image]);
            line(format!("  {sure:.1} % {named}: {}", path.display()));
        }
    }
    line(format!(
        "reliability (expected calibration error {:.1} %):",
        measured.reliability.expected_error * 100.0
    ));
    for bin in &measured.reliability.bins {
        let (confidence, right) = (bin.confidence * 100.0, bin.right * 100.0);
        line(format!("  {:5} answers {confidence:5.1} % sure, {right:5.1} % right", bin.answers));
    }
    text
}

/// Classes taken for others: shown, named, images; the most frequent first.
pub fn frequent_confusions(measured: &Evaluation) -> Vec<(usize, usize, usize)> {
    let cells = measured.confusion.iter().enumerate().flat_map(|(shown, row)| {
        row.iter().enumerate().map(move |(named, &count)| (shown, named, count))
    });
    let mut wrong: Vec<_> =
        cells.filter(|&(shown, named, count)| shown != named && count > 0).collect();
    wrong.sort_by_key(|&(.., count)| std::cmp::Reverse(count));
    wrong
}

fn in_one_line(table: &[Named]) -> String {
    let part = |row: &Named| format!("{} {}/{}", row.name, row.score.right, row.score.total);
    table.iter().map(part).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use common::ClassMap;

    #[test]
    fn the_text_names_confusions_and_the_image_of_a_mistake() {
        let classes = ClassMap::new(["ace of clubs", "two of clubs"].map(str::to_owned));
        let logits = [vec![2.0, 0.0], vec![3.0, 0.0]];
        let measured = Evaluation::new(&classes, &logits, &[0, 1], 1.0, 0.5);
        let text = describe(&measured, &["a.jpg".into(), "b.jpg".into()]);
        for words in ["1/2", "1 × two of clubs named ace of clubs", "b.jpg", "clubs 2/2"] {
            assert!(text.contains(words), "{words:?} in {text}");
        }
    }
}
