//! Charts as SVG text.

use std::ops::Range;

use common::Score;
use plotters::prelude::*;

use crate::measure::Evaluation;
use crate::measure::reliability::Reliability;
use crate::measure::tables::Named;

/// A chart that could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("can't draw the chart {title:?}: {reason}")]
pub struct ChartError {
    title: String,
    reason: String,
}

type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

const TRAIN: RGBColor = RGBColor(31, 119, 180);
const VALID: RGBColor = RGBColor(214, 90, 20);
const QUIET: RGBColor = RGBColor(130, 130, 130);

/// A named line over the epochs.
#[derive(Clone, Copy, Debug)]
pub struct Curve<'a> {
    pub name: &'a str,
    /// One value an epoch.
    pub values: &'a [f64],
}

/// Up to two curves over the epochs, counted from 1, with an optional level to compare
/// them with.
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
            chart.draw_series(LineSeries::new(ends, QUIET.stroke_width(1)))?;
        }
        for (curve, color) in curves.iter().zip([TRAIN, VALID]) {
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

/// Who is taken for whom: rows are what is shown, columns what is named; the darker, the
/// larger the share of the row. Wrong cells are orange and have their number.
///
/// # Errors
/// The chart can't be laid out.
pub fn confusion(measured: &Evaluation) -> Result<String, ChartError> {
    let title = "Shown (rows) and named (columns)";
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
            area.draw(&PathElement::new(ends, QUIET.mix(0.25)))?;
        }
        for (shown, row) in measured.confusion.iter().enumerate() {
            let total = row.iter().sum::<usize>().max(1);
            for (named, &count) in row.iter().enumerate().filter(|(_, count)| **count > 0) {
                let (x, y) = (LABELS + CELL * named as i32, LABELS + CELL * shown as i32);
                let share = count as f64 / total as f64;
                let color = if shown == named { TRAIN } else { VALID };
                let shade = color.mix(0.25 + 0.75 * share).filled();
                area.draw(&Rectangle::new([(x, y), (x + CELL, y + CELL)], shade))?;
                if shown != named {
                    let number = Text::new(count.to_string(), (x + 3, y + 1), text.clone());
                    area.draw(&number)?;
                }
            }
        }
        Ok(())
    })
}

/// The share of each class that is named rightly, the lowest first.
///
/// # Errors
/// The chart can't be laid out.
pub fn class_bars(table: &[Named]) -> Result<String, ChartError> {
    let title = "Right answers of each class";
    let mut rows: Vec<&Named> = table.iter().filter(|row| row.score.total > 0).collect();
    rows.sort_by(|a, b| a.score.share().total_cmp(&b.score.share()));
    const ROW: i32 = 17;
    const LABELS: i32 = 130;
    const LONGEST: i32 = 320;
    let height = ROW * rows.len() as i32 + 10;
    svg(title, (560, height as u32), |area| {
        let text = ("sans-serif", 12).into_font();
        for (i, Named { name, score }) in rows.iter().enumerate() {
            let y = 4 + ROW * i as i32;
            let Score { right, total } = *score;
            area.draw(&Text::new(name.clone(), (4, y), text.clone()))?;
            let length = (f64::from(LONGEST) * score.share()) as i32;
            let bar = [(LABELS, y), (LABELS + length, y + ROW - 4)];
            area.draw(&Rectangle::new(bar, TRAIN.filled()))?;
            let figure = format!("{right}/{total}");
            area.draw(&Text::new(figure, (LABELS + LONGEST + 8, y), text.clone()))?;
        }
        Ok(())
    })
}

/// How often answers are right against how sure they are; honest ones lie on the
/// diagonal. The larger the dot, the more answers.
///
/// # Errors
/// The chart can't be laid out.
pub fn calibration(reliability: &Reliability) -> Result<String, ChartError> {
    let title = "Sure and right";
    let most = reliability.bins.iter().map(|bin| bin.answers).max().unwrap_or(1) as f64;
    svg(title, (420, 380), |area| {
        let mut chart = ChartBuilder::on(area)
            .margin(12)
            .x_label_area_size(36)
            .y_label_area_size(56)
            .build_cartesian_2d(0.0..1.0, 0.0..1.0)?;
        chart
            .configure_mesh()
            .x_desc("confidence")
            .y_desc("share right")
            .x_label_formatter(&|share| short(*share))
            .y_label_formatter(&|share| short(*share))
            .light_line_style(WHITE.mix(0.0))
            .draw()?;
        chart.draw_series(LineSeries::new([(0.0, 0.0), (1.0, 1.0)], QUIET.stroke_width(1)))?;
        let line = reliability.bins.iter().map(|bin| (bin.confidence, bin.right));
        chart.draw_series(LineSeries::new(line.clone(), TRAIN.stroke_width(2)))?;
        let dots = line.zip(&reliability.bins).map(|(point, bin)| {
            let radius = 3.0 + 9.0 * (bin.answers as f64 / most).sqrt();
            Circle::new(point, radius as i32, TRAIN.mix(0.7).filled())
        });
        chart.draw_series(dots)?;
        Ok(())
    })
}

/// 0.95 as "0.95", 0.00012 as "1.2e-4".
fn short(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.01 {
        return format!("{value:.1e}");
    }
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn svg<'a>(
    title: &str,
    size: (u32, u32),
    draw: impl FnOnce(&DrawingArea<SVGBackend<'_>, plotters::coord::Shift>) -> Drawn<'a>,
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
    fn values_are_short_and_keep_what_matters() {
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
