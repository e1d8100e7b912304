//! Rules decide from the state which LEDs are lit. [`rule_table`](super::rule_table) has
//! the rules; this file parses, prints and applies them.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::decide::State;
use crate::output::leds::rule_table::{KINDS, LedColor, RuleKind};
use crate::util::list::choice;

/// When an LED is lit, such as `suit:hearts`. Prints and parses the text that
/// configurations contain.
#[derive(Clone, Copy)]
pub struct Rule {
    kind: &'static RuleKind,
    /// Which of the kind's values it is; 0 for a kind without values.
    value: usize,
}

/// The rules of a device without a configuration.
const DEFAULT_RULES: [&str; 12] = [
    "suit:clubs",
    "suit:diamonds",
    "suit:hearts",
    "suit:spades",
    "rank-bit:3",
    "rank-bit:2",
    "rank-bit:1",
    "rank-bit:0",
    "face",
    "joker",
    "seen",
    "fault",
];

/// A text that is not a rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a rule for an LED; write {rules}",
    rules = choice(&KINDS.iter().map(|kind| kind.help).collect::<Vec<_>>())
)]
pub struct UnknownRule(pub String);

impl Rule {
    /// Whether the LED is lit in a state, at a time of the run's clock.
    pub fn is_lit(&self, state: &State, now: Duration) -> bool {
        (self.kind.is_lit)(self.value, state, now)
    }

    /// The rule in as few letters as a row of LEDs on a terminal has room for.
    pub(crate) fn short(&self) -> String {
        match (self.kind.short, &self.kind.values) {
            (Some(short), _) => short(self.value),
            (None, Some(values)) => (values.name)(self.value),
            (None, None) => self.kind.word.into(),
        }
    }

    /// The colour of the lit LED on a terminal.
    pub(crate) fn color(&self) -> LedColor {
        (self.kind.color)(self.value)
    }

    /// The rules of a device without a configuration.
    pub fn defaults() -> Vec<Rule> {
        let rule = |text: &str| text.parse().expect("the default rules are in the table");
        DEFAULT_RULES.into_iter().map(rule).collect()
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.kind.word == other.kind.word && self.value == other.value
    }
}

impl Eq for Rule {}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind.values {
            Some(values) => write!(f, "{}:{}", self.kind.word, (values.name)(self.value)),
            None => f.write_str(self.kind.word),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        find(text).ok_or_else(|| UnknownRule(text.to_owned()))
    }
}

/// The rule with a text, if there is one.
fn find(text: &str) -> Option<Rule> {
    let (word, value) = match text.split_once(':') {
        Some((word, value)) => (word, Some(value)),
        None => (text, None),
    };
    let kind = KINDS.iter().find(|kind| kind.word == word)?;
    let value = match (&kind.values, value) {
        (Some(values), Some(value)) => (values.parse)(value)?,
        (None, None) => 0,
        _ => return None,
    };
    Some(Rule { kind, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lit_with(card: &str) -> Vec<String> {
        let state = State::Seen { card: card.parse().unwrap(), confidence: 0.9 };
        let lit = |rule: &Rule| rule.is_lit(&state, Duration::from_millis(500));
        Rule::defaults().into_iter().filter(lit).map(|rule| rule.to_string()).collect()
    }

    #[test]
    fn a_card_lights_its_suit_and_the_bits_of_its_rank() {
        let queen = ["suit:hearts", "rank-bit:3", "rank-bit:2", "face", "seen"];
        assert_eq!(lit_with("queen of hearts"), queen);
        assert_eq!(lit_with("ace of clubs"), ["suit:clubs", "rank-bit:0", "seen"]);
        assert_eq!(lit_with("joker"), ["joker", "seen"]);
    }

    #[test]
    fn without_a_card_no_led_for_cards_is_lit() {
        let names =
            ["suit:spades", "rank:ace", "color:black", "card:ace of spades", "seen", "joker"];
        for state in [State::Searching, State::Unsure, State::Fault] {
            for name in names {
                let rule: Rule = name.parse().unwrap();
                assert!(!rule.is_lit(&state, Duration::ZERO), "{name} in {state:?}");
            }
        }
    }

    #[test]
    fn each_state_without_a_card_has_its_own_led() {
        for state in [State::Searching, State::Unsure, State::Fault] {
            let rule: Rule = state.name().parse().unwrap();
            assert!(rule.is_lit(&state, Duration::ZERO));
        }
    }

    #[test]
    fn the_heartbeat_follows_the_clock() {
        let heartbeat: Rule = "heartbeat".parse().unwrap();
        assert!(heartbeat.is_lit(&State::Searching, Duration::from_millis(3050)));
        assert!(!heartbeat.is_lit(&State::Searching, Duration::from_millis(3150)));
    }

    #[test]
    fn rules_print_as_they_are_written() {
        for text in
            ["suit:hearts", "rank:ace", "rank-bit:3", "color:red", "card:ten of clubs", "face"]
        {
            assert_eq!(text.parse::<Rule>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn every_kind_of_rule_can_be_written_as_its_help_shows() {
        for kind in KINDS {
            for text in kind.help.split(" to ") {
                let rule: Rule = text.parse().unwrap();
                assert_eq!((rule.to_string().as_str(), rule.kind.word), (text, kind.word));
            }
        }
    }

    #[test]
    fn a_terminal_shows_rules_in_a_few_letters_and_in_color() {
        for (text, short, color) in [
            ("suit:hearts", "♥", LedColor::Red),
            ("suit:spades", "♠", LedColor::Green),
            ("rank:ten", "10", LedColor::Green),
            ("rank-bit:3", "8", LedColor::Green),
            ("color:red", "red", LedColor::Red),
            ("card:joker", "joker", LedColor::Green),
            ("fault", "fault", LedColor::BoldRed),
        ] {
            let rule: Rule = text.parse().unwrap();
            assert_eq!((rule.short().as_str(), rule.color()), (short, color), "{text}");
        }
    }

    #[test]
    fn an_unknown_rule_is_repeated_in_the_error() {
        for text in ["suit:stars", "rank-bit:4", "blink", "colour:red", "suit", "face:queen"] {
            assert!(text.parse::<Rule>().unwrap_err().to_string().contains(text));
        }
    }
}
