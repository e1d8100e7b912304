//! `edge check-config`: what a configuration means.

use std::path::Path;
use std::process::ExitCode;

use crate::command::NotBuilt;
use crate::config::{Config, Decide};
use crate::recognize::Recognizer;

/// Runs the command.
pub fn run(file: &Path) -> anyhow::Result<ExitCode> {
    let config = Config::read(file)?;
    NotBuilt::check_source(&config.source)?;
    NotBuilt::check_mode(config.mode)?;
    NotBuilt::check_leds(config.leds)?;
    let recognizer = Recognizer::load(config.model.as_deref())?;
    let threshold = recognizer.classifier().info().accept_threshold;
    print!("{}", explanation(&config, threshold));
    Ok(ExitCode::SUCCESS)
}

fn explanation(config: &Config, accept_threshold: f32) -> String {
    let enter = config.decide.enter.unwrap_or(accept_threshold);
    let leave = config.decide.leave.unwrap_or(Decide::LEAVE_SHARE * enter);
    let model =
        config.model.as_ref().map_or("compiled in".into(), |path| path.display().to_string());
    let mut text = format!(
        "source: {:?}\nmodel: {model}\na card is named after {} frames in a row with a confidence \
         of {enter:.3} or more, stays down to {leave:.3}, and goes after {} ms without support\n",
        config.source, config.decide.agreeing_frames, config.decide.expire_millis,
    );
    for (number, lamp) in (1..).zip(&config.lamps) {
        let line = lamp.line.as_ref().map_or(String::new(), |line| format!(" on line {line}"));
        let low = if lamp.active_low { ", active low" } else { "" };
        text += &format!("lamp {number}{line}: lit on {}{low}\n", lamp.rule);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thresholds_and_lamps_are_spelled_out() {
        let text = "[[led]]\nline = 17\non = \"suit:hearts\"\nactive_low = true\n";
        let config = Config::parse(text, Path::new("x")).unwrap();
        let text = explanation(&config, 0.9);
        assert!(text.contains("0.900 or more, stays down to 0.630"), "{text}");
        assert!(text.contains("lamp 1 on line 17: lit on suit:hearts, active low"), "{text}");
    }
}
