//! The table of all rules for LEDs.
//!
//! To add a rule, add an entry to [`KINDS`]; nothing else names the rules.

use std::time::Duration;

use common::card::Color;
use common::{Card, Rank, Suit};

use crate::decide::State;

/// The colour of a lit LED on a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LedColor {
    Green,
    Red,
    /// The colour of a fault.
    BoldRed,
}

/// Everything about the rules that begin with one word.
pub(crate) struct RuleKind {
    /// The text before the colon, or the complete text of a rule without a value.
    pub(crate) word: &'static str,
    /// The rules of this kind, as the error message for an unknown rule lists them.
    pub(crate) help: &'static str,
    /// What may follow the colon.
    pub(crate) values: Option<RuleValues>,
    /// Whether the LED is lit, given the value, the state, and the time of the run's clock.
    pub(crate) is_lit: fn(usize, &State, Duration) -> bool,
    /// A shorter text for a value on a terminal.
    pub(crate) short: Option<fn(usize) -> String>,
    /// The colour of a value on a terminal.
    pub(crate) color: fn(usize) -> LedColor,
}

/// The values of a kind of rules, each by its number.
pub(crate) struct RuleValues {
    pub(crate) parse: fn(&str) -> Option<usize>,
    pub(crate) name: fn(usize) -> String,
}

/// What the simplest kind of rules has. Each entry of [`KINDS`] replaces some of it.
const PLAIN: RuleKind = RuleKind {
    word: "",
    help: "",
    values: None,
    is_lit: |_, _, _| false,
    short: None,
    color: |_| LedColor::Green,
};

/// All kinds of rules, in the order in which messages list them.
pub(crate) static KINDS: &[RuleKind] = &[
    RuleKind {
        word: "suit",
        help: "suit:hearts",
        values: Some(RuleValues {
            parse: |text| text.parse::<Suit>().ok().map(|suit| suit as usize),
            name: |suit| Suit::ALL[suit].name().into(),
        }),
        is_lit: |suit, state, _| suit_in(state) == Some(Suit::ALL[suit]),
        short: Some(|suit| ["♣", "♦", "♥", "♠"][suit].into()),
        color: |suit| terminal_color(Suit::ALL[suit].color()),
    },
    RuleKind {
        word: "rank",
        help: "rank:ace",
        values: Some(RuleValues {
            parse: |text| text.parse::<Rank>().ok().map(|rank| rank as usize - 1),
            name: |rank| Rank::ALL[rank].name().into(),
        }),
        is_lit: |rank, state, _| rank_in(state) == Some(Rank::ALL[rank]),
        short: Some(|rank| Rank::ALL[rank].index().into()),
        ..PLAIN
    },
    // A bit of the rank as a binary number: ace = 1, ..., king = 13.
    RuleKind {
        word: "rank-bit",
        help: "rank-bit:0 to rank-bit:3",
        values: Some(RuleValues {
            parse: |text| text.parse().ok().filter(|bit| *bit < 4),
            name: |bit| bit.to_string(),
        }),
        is_lit: |bit, state, _| rank_in(state).is_some_and(|rank| (rank as usize >> bit) & 1 == 1),
        short: Some(|bit| (1 << bit).to_string()),
        ..PLAIN
    },
    RuleKind {
        word: "color",
        help: "color:red",
        values: Some(RuleValues {
            parse: |text| COLORS.iter().position(|color| color.name() == text),
            name: |color| COLORS[color].name().into(),
        }),
        is_lit: |color, state, _| suit_in(state).map(Suit::color) == Some(COLORS[color]),
        color: |color| terminal_color(COLORS[color]),
        ..PLAIN
    },
    // Jack, queen or king.
    RuleKind {
        word: "face",
        help: "face",
        is_lit: |_, state, _| rank_in(state).is_some_and(Rank::is_face),
        ..PLAIN
    },
    RuleKind {
        word: "joker",
        help: "joker",
        is_lit: |_, state, _| state.card() == Some(Card::Joker),
        ..PLAIN
    },
    RuleKind {
        word: "card",
        help: "card:ace of spades",
        values: Some(RuleValues {
            parse: |text| text.parse().ok().and_then(|card| Card::all().position(|c| c == card)),
            name: |card| Card::all().nth(card).map_or_else(String::new, |card| card.to_string()),
        }),
        is_lit: |card, state, _| state.card() == Card::all().nth(card),
        ..PLAIN
    },
    RuleKind { word: "seen", help: "seen", is_lit: |_, state, _| state.card().is_some(), ..PLAIN },
    RuleKind {
        word: "unsure",
        help: "unsure",
        is_lit: |_, state, _| *state == State::Unsure,
        ..PLAIN
    },
    RuleKind {
        word: "searching",
        help: "searching",
        is_lit: |_, state, _| *state == State::Searching,
        ..PLAIN
    },
    RuleKind {
        word: "fault",
        help: "fault",
        is_lit: |_, state, _| *state == State::Fault,
        color: |_| LedColor::BoldRed,
        ..PLAIN
    },
    // Lit for the first tenth of each second in every state, which shows that the program
    // runs. The LEDs are only updated once per frame, or once per wait for a frame, which
    // takes up to 0.1 s: a slow network may skip a beat.
    RuleKind {
        word: "heartbeat",
        help: "heartbeat",
        is_lit: |_, _, now| now.subsec_millis() < 100,
        ..PLAIN
    },
];

const COLORS: [Color; 2] = [Color::Black, Color::Red];

fn suit_in(state: &State) -> Option<Suit> {
    state.card().and_then(Card::suit)
}

fn rank_in(state: &State) -> Option<Rank> {
    state.card().and_then(Card::rank)
}

fn terminal_color(color: Color) -> LedColor {
    match color {
        Color::Black => LedColor::Green,
        Color::Red => LedColor::Red,
    }
}
