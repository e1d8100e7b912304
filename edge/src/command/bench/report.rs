//! The figures of `cardsight bench`, as a table or as JSON.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::command::bench::measure::{Ratio, Rounds, STAGES, ratio};
use crate::util::elapsed::Elapsed;
use crate::util::spread::{Spread, spread};

/// What was measured.
#[derive(Debug)]
pub(super) struct Report {
    /// The time that loading the networks took.
    pub(super) load: Elapsed,
    /// The number of frames in a round.
    pub(super) frames: usize,
    /// The names of all cards, from the warm-up round.
    pub(super) cards: Vec<String>,
    /// Where the kernel reports it.
    pub(super) peak_memory_mebibytes: Option<f64>,
    pub(super) rounds: Rounds,
    /// The rounds of tract's own operators, if they were measured.
    pub(super) compared_rounds: Option<Rounds>,
}

impl Report {
    /// Returns one line of JSON without a line break.
    pub(super) fn to_json(&self) -> Value {
        let mut line = json!({
            "frames": self.frames,
            "rounds": self.rounds.len(),
            "load_millis": millis(self.load.wall),
            "millis": by_stage(|stage| wall_spread(stage, &self.rounds)),
            "cpu_millis": by_stage(|stage| cpu_spread(stage, &self.rounds)),
            "peak_memory_mebibytes": self.peak_memory_mebibytes,
            "cards": self.cards,
        });
        if let Some(compared) = &self.compared_rounds {
            line["tract_cpu_millis"] = by_stage(|stage| cpu_spread(stage, compared));
            line["against_tract"] = by_stage(|stage| ratio(stage, &self.rounds, compared));
        }
        line
    }

    /// Returns the table for people.
    pub(super) fn to_text(&self) -> String {
        let mut text = format!("model loaded in {:.0} ms", millis(self.load.wall));
        if let Some(peak) = self.peak_memory_mebibytes {
            // Writing to a string can't fail.
            let _ = write!(text, ", peak memory {peak:.1} MiB");
        }
        let rounds = self.rounds.len();
        let _ =
            writeln!(text, "\n{} frames × {rounds} rounds, milliseconds per frame:", self.frames);
        let _ = write!(text, "stage      CPU median      p95 wall median      p95");
        if self.compared_rounds.is_some() {
            let _ = write!(text, "  tract's CPU  ratio (least to greatest)");
        }
        text.push('\n');
        for (stage, name) in STAGES.iter().enumerate() {
            self.write_stage(&mut text, stage, name);
        }
        text
    }

    fn write_stage(&self, text: &mut String, stage: usize, name: &str) {
        let cpu = cpu_spread(stage, &self.rounds);
        let wall = wall_spread(stage, &self.rounds);
        let (Some(cpu), Some(wall)) = (cpu, wall) else { return };
        let Spread { p50_millis, p95_millis } = cpu;
        let _ = write!(text, "{name:<10} {p50_millis:>10.3} {p95_millis:>8.3}");
        let Spread { p50_millis, p95_millis } = wall;
        let _ = write!(text, " {p50_millis:>11.3} {p95_millis:>8.3}");
        if let Some(compared) = &self.compared_rounds {
            if let Some(tract) = cpu_spread(stage, compared) {
                let _ = write!(text, "  {:>11.3}", tract.p50_millis);
            }
            if let Some(Ratio { median, least, greatest }) = ratio(stage, &self.rounds, compared) {
                let _ = write!(text, "  {median:.2} ({least:.2} to {greatest:.2})");
            }
        }
        text.push('\n');
    }
}

/// An object with a value for each stage that has one.
fn by_stage<T: serde::Serialize>(value: impl Fn(usize) -> Option<T>) -> Value {
    let of_stage = |(stage, name): (usize, &&str)| Some(((*name).to_owned(), json!(value(stage)?)));
    Value::Object(STAGES.iter().enumerate().filter_map(of_stage).collect::<Map<_, _>>())
}

fn wall_spread(stage: usize, rounds: &Rounds) -> Option<Spread> {
    spread(rounds.iter().flatten().map(|times| times[stage].wall).collect())
}

fn cpu_spread(stage: usize, rounds: &Rounds) -> Option<Spread> {
    spread(rounds.iter().flatten().map(|times| times[stage].cpu).collect())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(compared_rounds: Option<Rounds>) -> Report {
        let time = Elapsed { wall: Duration::from_millis(4), cpu: Duration::from_millis(2) };
        Report {
            load: time,
            frames: 1,
            cards: vec!["ace of spades".into()],
            peak_memory_mebibytes: Some(36.25),
            rounds: vec![vec![[time; STAGES.len()]]],
            compared_rounds,
        }
    }

    #[test]
    fn json_has_wall_and_cpu_time_of_each_stage() {
        let line = report(None).to_json();
        assert_eq!(line["millis"]["whole"]["p50_millis"], 4.0);
        assert_eq!(line["cpu_millis"]["classify"]["p95_millis"], 2.0);
        assert_eq!(line["peak_memory_mebibytes"], 36.25);
        assert_eq!(line.get("against_tract"), None);
    }

    #[test]
    fn the_ratio_to_tract_is_shown_where_it_was_measured() {
        let slower = Elapsed { cpu: Duration::from_millis(8), ..Elapsed::default() };
        let report = report(Some(vec![vec![[slower; STAGES.len()]]]));
        assert_eq!(report.to_json()["against_tract"]["classify"]["median"], 0.25);
        let text = report.to_text();
        assert!(text.contains("0.25 (0.25 to 0.25)"), "{text}");
        assert!(text.contains("peak memory 36.2 MiB"), "{text}");
    }
}
