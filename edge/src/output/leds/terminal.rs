//! LEDs drawn on a terminal.

use std::io::{self, Write};

use owo_colors::{OwoColorize as _, Style};

use crate::output::leds::LedOutput;
use crate::output::leds::rule_table::LedColor;
use crate::output::leds::rules::Rule;

/// One line of LEDs with their rules. On a terminal the line is drawn again in place; a
/// file or a pipe gets a new line for each change.
#[derive(Debug)]
pub(crate) struct TerminalLeds<W: Write> {
    out: W,
    rules: Vec<Rule>,
    style: TerminalStyle,
    /// The LEDs and the caption of the last line.
    shown: Option<(Vec<bool>, String)>,
}

/// What the output can display.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TerminalStyle {
    /// Whether a line can be drawn again in place.
    pub is_terminal: bool,
    /// Whether to use colours.
    pub has_colors: bool,
}

impl<W: Write> TerminalLeds<W> {
    /// A row of LEDs, one per rule. Nothing is drawn yet.
    pub(crate) fn new(out: W, rules: &[Rule], style: TerminalStyle) -> Self {
        Self { out, rules: rules.to_vec(), style, shown: None }
    }

    fn line(&self, lit: &[bool], caption: &str) -> String {
        let leds = self.rules.iter().zip(lit).map(|(rule, &is_lit)| self.led(*rule, is_lit));
        format!("{}  {caption}", leds.collect::<Vec<_>>().join(" "))
    }

    fn led(&self, rule: Rule, is_lit: bool) -> String {
        let text = format!("{}{}", if is_lit { '●' } else { '○' }, rule.short());
        if !self.style.has_colors {
            return text;
        }
        let style = if is_lit { lit_style(rule.color()) } else { Style::new().dimmed() };
        text.style(style).to_string()
    }
}

fn lit_style(color: LedColor) -> Style {
    match color {
        LedColor::Green => Style::new().bright_green(),
        LedColor::Red => Style::new().bright_red(),
        LedColor::BoldRed => Style::new().red().bold(),
    }
}

impl<W: Write> LedOutput for TerminalLeds<W> {
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()> {
        let wanted = (lit.to_vec(), caption.to_owned());
        if self.shown.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let line = self.line(lit, caption);
        if self.style.is_terminal {
            // Returns to the beginning of the line and clears it.
            write!(self.out, "\r\x1b[2K{line}")?;
        } else {
            writeln!(self.out, "{line}")?;
        }
        self.out.flush()?;
        self.shown = Some(wanted);
        Ok(())
    }
}

impl<W: Write> Drop for TerminalLeds<W> {
    fn drop(&mut self) {
        let dark = vec![false; self.rules.len()];
        // A terminal that has disappeared shows nothing anyway.
        let _ = self.show(&dark, "off");
        if self.style.is_terminal {
            let _ = writeln!(self.out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(states: &[&[bool]]) -> String {
        let mut out = Vec::new();
        let style = TerminalStyle { is_terminal: false, has_colors: false };
        let rules = ["suit:hearts", "rank-bit:2"].map(|text| text.parse().unwrap());
        let mut leds = TerminalLeds::new(&mut out, &rules, style);
        for state in states {
            leds.show(state, "caption").unwrap();
        }
        drop(leds);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn leds_are_dots_and_go_out_at_the_end() {
        assert_eq!(shown(&[&[true, false]]), "●♥ ○4  caption\n○♥ ○4  off\n");
    }

    #[test]
    fn a_repeated_state_is_shown_once() {
        assert_eq!(shown(&[&[true, true], &[true, true]]).lines().count(), 2);
    }
}
