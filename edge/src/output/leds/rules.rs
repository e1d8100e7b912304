//! Which LED is lit in which state.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use common::card::Color;
use common::{Card, Rank, Suit};

use crate::decide::State;

/// When an LED is lit. Prints and reads the text of configurations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    Suit(Suit),
    Rank(Rank),
    /// Bit 0 to 3 of the rank as a number: ace = 1 … king = 13.
    RankBit(u8),
    Color(Color),
    /// Jack, queen or king.
    Face,
    Joker,
    Card(Card),
    Seen,
    Unsure,
    Searching,
    Fault,
    /// A tenth of each second, whatever is seen: the program runs.
    Heartbeat,
}

/// A rule that can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no rule for a led; write suit:hearts, rank:ace, rank-bit:0 to rank-bit:3, \
     color:red, face, joker, card:ace of spades, seen, unsure, searching, fault or heartbeat"
)]
pub struct UnknownRule(pub String);

impl Rule {
    /// Whether the LED is lit in a state at a time.
    pub fn is_lit(&self, state: &State, now: Duration) -> bool {
        let card = state.card();
        match *self {
            Rule::Suit(suit) => card.and_then(Card::suit) == Some(suit),
            Rule::Rank(rank) => card.and_then(Card::rank) == Some(rank),
            Rule::RankBit(bit) => {
                card.and_then(Card::rank).is_some_and(|rank| (rank as u8 >> bit) & 1 == 1)
            }
            Rule::Color(color) => card.and_then(Card::suit).map(Suit::color) == Some(color),
            Rule::Face => card.and_then(Card::rank).is_some_and(Rank::is_face),
            Rule::Joker => card == Some(Card::Joker),
            Rule::Card(wanted) => card == Some(wanted),
            Rule::Seen => card.is_some(),
            Rule::Unsure => *state == State::Unsure,
            Rule::Searching => *state == State::Searching,
            Rule::Fault => *state == State::Fault,
            Rule::Heartbeat => now.subsec_millis() < 100,
        }
    }

    /// The LEDs of a device that nobody configured.
    pub fn defaults() -> Vec<Rule> {
        let suits = Suit::ALL.map(Rule::Suit);
        let bits = [3, 2, 1, 0].map(Rule::RankBit);
        [suits.as_slice(), &bits, &[Rule::Face, Rule::Joker, Rule::Seen, Rule::Fault]].concat()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Rule::Suit(suit) => write!(f, "suit:{}", suit.name()),
            Rule::Rank(rank) => write!(f, "rank:{}", rank.name()),
            Rule::RankBit(bit) => write!(f, "rank-bit:{bit}"),
            Rule::Color(color) => write!(f, "color:{}", color.name()),
            Rule::Card(card) => write!(f, "card:{card}"),
            Rule::Face => f.write_str("face"),
            Rule::Joker => f.write_str("joker"),
            Rule::Seen => f.write_str("seen"),
            Rule::Unsure => f.write_str("unsure"),
            Rule::Searching => f.write_str("searching"),
            Rule::Fault => f.write_str("fault"),
            Rule::Heartbeat => f.write_str("heartbeat"),
        }
    }
}

impl FromStr for Rule {
    type Err = UnknownRule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownRule(text.to_owned());
        let Some((kind, value)) = text.split_once(':') else {
            return match text {
                "face" => Ok(Rule::Face),
                "joker" => Ok(Rule::Joker),
                "seen" => Ok(Rule::Seen),
                "unsure" => Ok(Rule::Unsure),
                "searching" => Ok(Rule::Searching),
                "fault" => Ok(Rule::Fault),
                "heartbeat" => Ok(Rule::Heartbeat),
                _ => Err(unknown()),
            };
        };
        let rule = match kind {
            "suit" => value.parse().ok().map(Rule::Suit),
            "rank" => value.parse().ok().map(Rule::Rank),
            "rank-bit" => value.parse().ok().filter(|bit| *bit < 4).map(Rule::RankBit),
            "color" => [Color::Black, Color::Red]
                .into_iter()
                .find(|color| color.name() == value)
                .map(Rule::Color),
            "card" => value.parse().ok().map(Rule::Card),
            _ => None,
        };
        rule.ok_or_else(unknown)
    }
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
    fn without_a_card_no_card_lamp_is_lit() {
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
    fn states_have_lamps_of_their_own() {
        for state in [State::Searching, State::Unsure, State::Fault] {
            let rule: Rule = state.name().parse().unwrap();
            assert!(rule.is_lit(&state, Duration::ZERO));
        }
    }

    #[test]
    fn the_heartbeat_follows_the_clock() {
        assert!(Rule::Heartbeat.is_lit(&State::Searching, Duration::from_millis(3050)));
        assert!(!Rule::Heartbeat.is_lit(&State::Searching, Duration::from_millis(3150)));
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
    fn an_unknown_rule_is_repeated_in_the_error() {
        for text in ["suit:stars", "rank-bit:4", "blink", "colour:red"] {
            assert!(text.parse::<Rule>().unwrap_err().to_string().contains(text));
        }
    }
}
