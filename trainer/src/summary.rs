//! What each layer of a recipe's network computes and costs, as a table for people.

use common::Size;

use crate::cost::{LayerCost, NetworkCost};
use crate::recipe::Recipe;

/// Columns of text that a terminal is expected to have.
const COLUMNS: usize = 100;

/// Cells of a row.
const CELLS: usize = 8;

/// Cells on the left that hold words; the others hold numbers.
const WORDS: usize = 3;

/// The table of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkSummary {
    pub title: String,
    /// The title of each column, and its unit.
    pub header: [[&'static str; CELLS]; 2],
    pub rows: Vec<[String; CELLS]>,
    pub total: [String; CELLS],
    /// What the columns count, and what a training step takes in all.
    pub notes: [String; 2],
}

impl NetworkSummary {
    /// The network of a recipe, for a number of classes.
    pub fn new(recipe: &Recipe, classes: usize) -> Self {
        let side = recipe.side;
        let cost = NetworkCost::new(&recipe.layers(classes), Size::square(side));
        Self {
            title: format!(
                "{} network, {side}×{side} pixels, {classes} classes",
                recipe.arch.name()
            ),
            header: [
                [
                    "layer",
                    "operation",
                    "output",
                    "parameters",
                    "multiply-adds",
                    "activations",
                    "weights",
                    "Adam",
                ],
                ["", "", "", "", "", "KiB/image", "KiB", "KiB"],
            ],
            rows: cost.layers.iter().map(row).collect(),
            total: total(&cost),
            notes: [counted(), step(&cost, recipe.optimization.batch_size)],
        }
    }

    /// The table as text, with a line break at its end.
    pub fn text(&self) -> String {
        let header = self.header.map(|line| line.map(str::to_owned));
        let lines = || header.iter().chain(&self.rows).chain([&self.total]);
        let mut widths = [0; CELLS];
        for line in lines() {
            for (width, cell) in widths.iter_mut().zip(line) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * (CELLS - 1));
        let mut text = format!("{}\n\n", self.title);
        for (number, line) in lines().enumerate() {
            if number == header.len() || number == header.len() + self.rows.len() {
                text += &format!("{rule}\n");
            }
            text += &format!("{}\n", aligned(line, &widths));
        }
        for note in &self.notes {
            text += &format!("\n{}\n", wrapped(note));
        }
        text
    }
}

fn row(layer: &LayerCost) -> [String; CELLS] {
    let shape: Vec<String> = layer.output.iter().map(usize::to_string).collect();
    [
        layer.name.clone(),
        layer.operation.clone(),
        shape.join("×"),
        grouped(layer.parameters),
        grouped(layer.multiply_adds),
        kibibytes(layer.activation_bytes),
        kibibytes(layer.weight_and_gradient_bytes()),
        kibibytes(layer.adam_bytes()),
    ]
}

fn total(cost: &NetworkCost) -> [String; CELLS] {
    [
        "total".to_owned(),
        String::new(),
        String::new(),
        grouped(cost.parameters()),
        grouped(cost.multiply_adds()),
        kibibytes(cost.activation_bytes()),
        kibibytes(cost.weight_and_gradient_bytes()),
        kibibytes(cost.adam_bytes()),
    ]
}

fn counted() -> String {
    "A convolution includes its batch normalisation and its ReLU. The output has channels×height×\
     width. Activations are what training keeps of one image for the backward pass. Weights are \
     counted with their gradients. Adam stores two moments for each weight. Everything is in f32."
        .to_owned()
}

fn step(cost: &NetworkCost, batch_size: usize) -> String {
    let activations = batch_size * cost.activation_bytes();
    let [weights, adam] = [cost.weight_and_gradient_bytes(), cost.adam_bytes()];
    format!(
        "A training step of {batch_size} images takes {} MiB of activations, {} MiB of weights and \
         gradients, and {} MiB of Adam's moments: {} MiB in all.",
        mebibytes(activations),
        mebibytes(weights),
        mebibytes(adam),
        mebibytes(activations + weights + adam),
    )
}

/// Words to the left, numbers to the right.
fn aligned(line: &[String; CELLS], widths: &[usize; CELLS]) -> String {
    let cells = line.iter().zip(widths).enumerate().map(|(column, (cell, &width))| {
        if column < WORDS { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
    });
    cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
}

/// Breaks a text into lines of at most [`COLUMNS`] characters.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one line at least");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= COLUMNS {
            *line += &format!(" {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    lines.join("\n")
}

/// A number with commas between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes as KiB, rounded to the nearest.
fn kibibytes(bytes: usize) -> String {
    grouped((bytes + 512) / 1024)
}

/// Bytes as MiB, with one decimal.
fn mebibytes(bytes: usize) -> String {
    format!("{:.1}", bytes as f64 / (1024.0 * 1024.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arch::Arch;

    fn text(arch: Arch) -> String {
        NetworkSummary::new(&Recipe::of(arch), 53).text()
    }

    /// The words of the line that begins with these words.
    fn line<'a>(text: &'a str, beginning: &str) -> Vec<&'a str> {
        let line = text.lines().find(|line| line.starts_with(beginning));
        line.unwrap_or_else(|| panic!("{beginning:?} in {text}")).split_whitespace().collect()
    }

    #[test]
    fn the_table_of_the_baseline_shows_each_layer_and_the_totals() {
        let text = text(Arch::Baseline);
        let linear =
            ["fc1", "linear", "512", "25,690,624", "25,690,112", "2", "200,708", "200,708"];
        assert_eq!(line(&text, "fc1"), linear);
        let conv =
            ["conv2", "conv", "3×3", "64×112×112", "18,624", "231,211,008", "6,272", "146", "146"];
        assert_eq!(line(&text, "conv2"), conv);
        assert_eq!(line(&text, "total")[1], "26,224,949");
    }

    #[test]
    fn the_table_of_the_compact_network_shows_blocks_and_the_totals() {
        let text = text(Arch::Compact);
        let last = ["classes", "linear", "53", "13,621", "13,568", "0", "106", "106"];
        assert_eq!(line(&text, "classes"), last);
        let total = line(&text, "total");
        assert_eq!(total[1], "1,533,741");
    }

    #[test]
    fn tables_are_readable_in_100_columns() {
        for arch in [Arch::Baseline, Arch::Compact] {
            for line in text(arch).lines() {
                assert!(line.chars().count() <= COLUMNS, "{line}");
            }
        }
    }

    #[test]
    fn thousands_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
