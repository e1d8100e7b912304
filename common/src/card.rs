//! The 53 cards: 52 with a rank and a suit, and the joker.

use std::fmt;
use std::str::FromStr;

/// A card's rank, with the ace low: `Rank::Ace as u8` is 1 and `Rank::King as u8` 13.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    Ace = 1,
    Two,
    Three,
    Four,
    Five,
    Six,
    Seven,
    Eight,
    Nine,
    Ten,
    Jack,
    Queen,
    King,
}

impl Rank {
    /// All ranks, ace first.
    pub const ALL: [Rank; 13] = [
        Rank::Ace,
        Rank::Two,
        Rank::Three,
        Rank::Four,
        Rank::Five,
        Rank::Six,
        Rank::Seven,
        Rank::Eight,
        Rank::Nine,
        Rank::Ten,
        Rank::Jack,
        Rank::Queen,
        Rank::King,
    ];

    /// The word in a card's name: "ace" … "king".
    pub fn name(self) -> &'static str {
        match self {
            Rank::Ace => "ace",
            Rank::Two => "two",
            Rank::Three => "three",
            Rank::Four => "four",
            Rank::Five => "five",
            Rank::Six => "six",
            Rank::Seven => "seven",
            Rank::Eight => "eight",
            Rank::Nine => "nine",
            Rank::Ten => "ten",
            Rank::Jack => "jack",
            Rank::Queen => "queen",
            Rank::King => "king",
        }
    }

    /// The index printed in a card's corner: "A", "2" … "10", "J", "Q", "K".
    pub fn index(self) -> &'static str {
        const INDEX: [&str; 13] =
            ["A", "2", "3", "4", "5", "6", "7", "8", "9", "10", "J", "Q", "K"];
        INDEX[self as usize - 1]
    }

    /// Whether this is a jack, a queen or a king.
    pub fn is_face(self) -> bool {
        matches!(self, Rank::Jack | Rank::Queen | Rank::King)
    }
}

/// A card's suit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Suit {
    Clubs,
    Diamonds,
    Hearts,
    Spades,
}

impl Suit {
    /// All suits, in alphabetical order.
    pub const ALL: [Suit; 4] = [Suit::Clubs, Suit::Diamonds, Suit::Hearts, Suit::Spades];

    /// The word in a card's name: "clubs" … "spades".
    pub fn name(self) -> &'static str {
        match self {
            Suit::Clubs => "clubs",
            Suit::Diamonds => "diamonds",
            Suit::Hearts => "hearts",
            Suit::Spades => "spades",
        }
    }

    /// The suit's traditional colour.
    pub fn color(self) -> Color {
        match self {
            Suit::Diamonds | Suit::Hearts => Color::Red,
            Suit::Clubs | Suit::Spades => Color::Black,
        }
    }
}

/// The traditional colour of a suit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    Black,
    Red,
}

impl Color {
    /// "black" or "red".
    pub fn name(self) -> &'static str {
        match self {
            Color::Black => "black",
            Color::Red => "red",
        }
    }
}

/// One of the 53 cards. Prints and parses its name in the card data set:
/// "ace of clubs" … "two of spades", "joker".
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(into = "String", try_from = "String")]
pub enum Card {
    Suited(Rank, Suit),
    Joker,
}

impl Card {
    /// All 53 cards: each suit from ace to king, the joker last.
    pub fn all() -> impl Iterator<Item = Card> {
        Suit::ALL
            .into_iter()
            .flat_map(|suit| Rank::ALL.into_iter().map(move |rank| Card::Suited(rank, suit)))
            .chain([Card::Joker])
    }

    /// The rank, or `None` for the joker.
    pub fn rank(self) -> Option<Rank> {
        match self {
            Card::Suited(rank, _) => Some(rank),
            Card::Joker => None,
        }
    }

    /// The suit, or `None` for the joker.
    pub fn suit(self) -> Option<Suit> {
        match self {
            Card::Suited(_, suit) => Some(suit),
            Card::Joker => None,
        }
    }
}

impl fmt::Display for Card {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Card::Suited(rank, suit) => f.pad(&format!("{} of {}", rank.name(), suit.name())),
            Card::Joker => f.pad("joker"),
        }
    }
}

/// The text is not the name of a card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a card; write \"ace of spades\", \"10 of hearts\" or \"joker\"")]
pub struct UnknownCard(pub String);

impl FromStr for Rank {
    type Err = UnknownCard;

    /// Reads a rank's word or its index, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Rank::ALL
            .into_iter()
            .find(|rank| {
                text.eq_ignore_ascii_case(rank.name()) || text.eq_ignore_ascii_case(rank.index())
            })
            .ok_or_else(|| UnknownCard(text.to_owned()))
    }
}

impl FromStr for Suit {
    type Err = UnknownCard;

    /// Reads a suit's word, in any case.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Suit::ALL
            .into_iter()
            .find(|suit| text.eq_ignore_ascii_case(suit.name()))
            .ok_or_else(|| UnknownCard(text.to_owned()))
    }
}

impl From<Card> for String {
    fn from(card: Card) -> Self {
        card.to_string()
    }
}

impl TryFrom<String> for Card {
    type Error = UnknownCard;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Card {
    type Err = UnknownCard;

    /// Reads a card's name, in any case, with spaces or underscores.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownCard(text.to_owned());
        let spaced = text.replace('_', " ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        match words[..] {
            [word] if word.eq_ignore_ascii_case("joker") => Ok(Card::Joker),
            [rank, of, suit] if of.eq_ignore_ascii_case("of") => Ok(Card::Suited(
                rank.parse().map_err(|_: UnknownCard| unknown())?,
                suit.parse().map_err(|_: UnknownCard| unknown())?,
            )),
            _ => Err(unknown()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_there_once() {
        let cards: std::collections::BTreeSet<Card> = Card::all().collect();
        assert_eq!(cards.len(), 53);
    }

    #[test]
    fn a_printed_card_reads_back() {
        for card in Card::all() {
            assert_eq!(card.to_string().parse(), Ok(card));
        }
    }

    #[test]
    fn underscores_case_and_index_are_accepted() {
        let ten = Card::Suited(Rank::Ten, Suit::Hearts);
        assert_eq!("10_of_Hearts".parse(), Ok(ten));
        assert_eq!("Ten of hearts".parse(), Ok(ten));
    }

    #[test]
    fn a_wrong_name_is_repeated_in_the_error() {
        let error = "eleven of hearts".parse::<Card>().unwrap_err();
        assert!(error.to_string().contains("eleven of hearts"));
    }
}
