//! LEDs drawn on a terminal.

use std::io::{self, Write};

use common::Suit;
use common::card::Color;
use owo_colors::{OwoColorize as _, Style};

use crate::output::leds::LedOutput;
use crate::output::leds::rules::Rule;

/// One line of LEDs with their rules: redrawn in place on a terminal, printed anew at
/// each change elsewhere.
#[derive(Debug)]
pub struct TerminalLeds<W: Write> {
    out: W,
    rules: Vec<Rule>,
    look: TerminalStyle,
    shown: Option<(Vec<bool>, String)>,
}

/// What the output can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalStyle {
    /// Lines can be redrawn.
    pub is_terminal: bool,
    /// Colours are wanted.
    pub has_colors: bool,
}

impl<W: Write> TerminalLeds<W> {
    /// All LEDs out.
    pub fn new(out: W, rules: &[Rule], look: TerminalStyle) -> Self {
        Self { out, rules: rules.to_vec(), look, shown: None }
    }

    fn line(&self, lit: &[bool], caption: &str) -> String {
        let leds = self.rules.iter().zip(lit).map(|(rule, &lit)| self.led(*rule, lit));
        format!("{}  {caption}", leds.collect::<Vec<_>>().join(" "))
    }

    fn led(&self, rule: Rule, lit: bool) -> String {
        let text = format!("{}{}", if lit { '●' } else { '○' }, short(rule));
        if !self.look.has_colors {
            return text;
        }
        let style = match rule {
            _ if !lit => Style::new().dimmed(),
            Rule::Fault => Style::new().red().bold(),
            Rule::Color(Color::Red) | Rule::Suit(Suit::Diamonds | Suit::Hearts) => {
                Style::new().bright_red()
            }
            _ => Style::new().bright_green(),
        };
        text.style(style).to_string()
    }
}

/// A rule in as few letters as a panel has room for.
fn short(rule: Rule) -> String {
    match rule {
        Rule::Suit(suit) => match suit {
            Suit::Clubs => "♣".into(),
            Suit::Diamonds => "♦".into(),
            Suit::Hearts => "♥".into(),
            Suit::Spades => "♠".into(),
        },
        Rule::RankBit(bit) => (1 << bit).to_string(),
        Rule::Rank(rank) => rank.index().into(),
        Rule::Card(card) => card.to_string(),
        Rule::Color(color) => color.name().into(),
        other => other.to_string(),
    }
}

impl<W: Write> LedOutput for TerminalLeds<W> {
    fn show(&mut self, lit: &[bool], caption: &str) -> io::Result<()> {
        let wanted = (lit.to_vec(), caption.to_owned());
        if self.shown.as_ref() == Some(&wanted) {
            return Ok(());
        }
        let line = self.line(lit, caption);
        if self.look.is_terminal {
            // Back to the line's start; clear it.
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
        // A terminal that is gone shows nothing any more.
        let _ = self.show(&dark, "off");
        if self.look.is_terminal {
            let _ = writeln!(self.out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(states: &[&[bool]]) -> String {
        let mut out = Vec::new();
        let look = TerminalStyle { is_terminal: false, has_colors: false };
        let mut panel =
            TerminalLeds::new(&mut out, &[Rule::Suit(Suit::Hearts), Rule::RankBit(2)], look);
        for state in states {
            panel.show(state, "caption").unwrap();
        }
        drop(panel);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn leds_are_dots_and_go_out_at_the_end() {
        assert_eq!(shown(&[&[true, false]]), "●♥ ○4  caption\n○♥ ○4  off\n");
    }

    #[test]
    fn what_is_the_same_is_shown_once() {
        assert_eq!(shown(&[&[true, true], &[true, true]]).lines().count(), 2);
    }
}
