//! Charts as SVG text.

use std::ops::Range;

use common::Score;
use plotters::prelude::*;

use crate::measure::Evaluation;
use crate::measure::reliability::Reliability;
use crate::measure::tables::NamedScore;

/// A chart that can't be drawn.
#[derive(Debug, thiserror::Error)]
#[error("can't draw the chart {title:?}: {reason}")]
pub struct ChartError {
    title: String,
    reason: String,
}

type DrawResult<'a> =
    Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// The first curve, and right answers.
const BLUE: RGBColor = RGBColor(31, 119, 180);
/// The second curve, and wrong answers.
const ORANGE: RGBColor = RGBColor(214, 90, 20);
/// Auxiliary lines.
const GREY: RGBColor = RGBColor(130, 130, 130);

/// A line over the epochs.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    pub name: &'a str,
    /// One value per epoch.
    pub values: &'a [f64],
}

/// One or two curves over the epochs, which are counted from 1. `range` is the range of the
/// vertical axis; `reference` is the level of an optional grey line to compare the curves with.
///
/// # Errors
/// The chart can't be laid out.
pub fn curves(
    title: &str,
    curves: &[Curve<'_>],
    range: Range<f64>,
    reference: Option<f64>,
) -> Result<String, ChartError> {
    let epochs = curves.iter().map(|curve| curve.values.len()).max().unwrap_or(1).max(2);
    svg(title, (560, 320), |area| {
        let mut chart = ChartBuilder::on(area)
            .caption(title, ("sans-serif", 17))
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(1.0..epochs as f64, range.clone())?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .x_labels(epochs.min(10))
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .y_label_formatter(&|value| short(*value))
            .light_line_style(WHITE.mix(0.0))
            .draw()?;
        if let Some(level) = reference {
            let ends = [(1.0, level), (epochs as f64, level)];
            chart.draw_series(LineSeries::new(ends, GREY.stroke_width(1)))?;
        }
        for (curve, color) in curves.iter().zip([BLUE, ORANGE]) {
            let points = (1..)
                .zip(curve.values)
                .map(|(epoch, &value)| (f64::from(epoch), value.clamp(range.start, range.end)));
            chart
                .draw_series(LineSeries::new(points, color.stroke_width(2)))?
                .label(curve.name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], color));
        }
        if curves.len() > 1 {
            chart.configure_series_labels().background_style(WHITE.mix(0.8)).draw()?;
        }
        Ok(())
    })
}

/// The confusion matrix: rows are classes and columns are answers. The darker a cell, the larger
/// its share of the row. Wrong answers are orange and have their number.
///
/// # Errors
/// The chart can't be laid out.
pub fn confusion(measured: &Evaluation) -> Result<String, ChartError> {
    let title = "Confusion matrix";
    let classes = measured.classes.len();
    const CELL: i32 = 14;
    const LABELS: i32 = 130;
    let side = LABELS + CELL * classes as i32 + 10;
    svg(title, (side as u32, side as u32), |area| {
        let text = ("sans-serif", 11).into_font();
        for (i, name) in measured.classes.iter().enumerate() {
            let at = LABELS + CELL * i as i32;
            area.draw(&Text::new(name.clone(), (4, at + 1), text.clone()))?;
            let upwards = text.clone().transform(FontTransform::Rotate270);
            area.draw(&Text::new(name.clone(), (at + 1, LABELS - 4), upwards))?;
            let ends = [(LABELS, at + CELL), (LABELS + CELL * classes as i32, at + CELL)];
            area.draw(&PathElement::new(ends, GREY.mix(0.25)))?;
        }
        for (class, row) in measured.confusion.iter().enumerate() {
            let total = row.iter().sum::<usize>().max(1);
            for (answer, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                let (x, y) = (LABELS + CELL * answer as i32, LABELS + CELL * class as i32);
                let share = count as f64 / total as f64;
                let color = if class == answer { BLUE } else { ORANGE };
                let shade = color.mix(0.25 + 0.75 * share).filled();
                area.draw(&Rectangle::new([(x, y), (x + CELL, y + CELL)], shade))?;
                if class != answer {
                    let number = Text::new(count.to_string(), (x + 3, y + 1), text.clone());
                    area.draw(&number)?;
                }
            }
        }
        Ok(())
    })
}

/// The accuracy of each class, the lowest first.
///
/// # Errors
/// The chart can't be laid out.
pub fn class_bars(table: &[NamedScore]) -> Result<String, ChartError> {
    let title = "Accuracy of each class";
    let mut rows: Vec<&NamedScore> = table.iter().filter(|row| row.score.total > 0).collect();
    rows.sort_by(|a, b| a.score.share().total_cmp(&b.score.share()));
    const ROW: i32 = 17;
    const LABELS: i32 = 130;
    const LONGEST: i32 = 320;
    let height = ROW * rows.len() as i32 + 10;
    svg(title, (560, height as u32), |area| {
        let text = ("sans-serif", 12).into_font();
        for (i, NamedScore { name, score }) in rows.iter().enumerate() {
            let y = 4 + ROW * i as i32;
            let Score { right, total } = *score;
            area.draw(&Text::new(name.clone(), (4, y), text.clone()))?;
            let length = (f64::from(LONGEST) * score.share()) as i32;
            let bar = [(LABELS, y), (LABELS + length, y + ROW - 4)];
            area.draw(&Rectangle::new(bar, BLUE.filled()))?;
            let figure = format!("{right}/{total}");
            area.draw(&Text::new(figure, (LABELS + LONGEST + 8, y), text.clone()))?;
        }
        Ok(())
    })
}

/// Accuracy against confidence. Well-calibrated confidences lie on the diagonal. The larger a
/// dot, the more answers it stands for.
///
/// # Errors
/// The chart can't be laid out.
pub fn calibration(reliability: &Reliability) -> Result<String, ChartError> {
    let title = "Accuracy against confidence";
    let most_answers = reliability.bins.iter().map(|bin| bin.answers).max().unwrap_or(1) as f64;
    svg(title, (420, 380), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart
            .configure_mesh()
            .x_desc("confidence")
            .y_desc("accuracy")
            .x_label_formatter(&|share| short(*share))
            .y_label_formatter(&|share| short(*share))
            .light_line_style(WHITE.mix(0.0))
            .draw()?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], GREY.stroke_width(1)))?;
        let line = reliability.bins.iter().map(|bin| (bin.confidence, bin.right));
        chart.draw_series(LineSeries::new(line.clone(), BLUE.stroke_width(2)))?;
        let dots = line.zip(&reliability.bins).map(|(point, bin)| {
            let radius = 3.0 + 9.0 * (bin.answers as f64 / most_answers).sqrt();
            Circle::new(point, radius as i32, BLUE.mix(0.7).filled())
        });
        chart.draw_series(dots)?;
        Ok(())
    })
}

/// A number with two decimals, or in scientific notation if it is small: 0.95 gives "0.95" and
/// 0.00012 gives "1.2e-4".
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Draws on an area of that width and height in pixels, and gives the SVG text.
fn svg<'a>(
    title: &str,
    size: (u32, u32),
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> DrawResult<'a>,
) -> Result<String, ChartError> {
    let mut text = String::new();
    let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
    let done = draw(&area).and_then(|()| area.present());
    drop(area);
    match done {
        Ok(()) => Ok(text),
        Err(error) => Err(ChartError { title: title.to_owned(), reason: error.to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_their_significant_digits() {
        assert_eq!(
            [0.0, 0.5, 1.0, 12.25, 0.00012].map(short),
            ["0", "0.5", "1", "12.25", "1.2e-4"]
        );
    }

    #[test]
    fn one_epoch_and_empty_curves_can_be_drawn() {
        for values in [&[0.5][..], &[]] {
            let chart = curves("Loss", &[Curve { name: "train", values }], 0.0..1.0, Some(0.9));
            assert!(chart.unwrap().starts_with("<svg"));
        }
    }
}
