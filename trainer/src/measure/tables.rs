//! Scores by class, rank and suit.

use common::{Card, ClassMap, Score};
use serde::Serialize;

use super::LabelledAnswer;

/// A score and what it is of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Named {
    pub name: String,
    pub score: Score,
}

/// How many images of each class are named rightly, in the order of the classes.
pub fn by_class(classes: &ClassMap, answers: &[LabelledAnswer]) -> Vec<Named> {
    let score = |class: usize| {
        let of_class = || answers.iter().filter(|answer| answer.class == class);
        let right = of_class().filter(|answer| answer.named == class).count();
        Score { right, total: of_class().count() }
    };
    let named = |(class, name): (usize, &String)| Named { name: name.clone(), score: score(class) };
    classes.names().iter().enumerate().map(named).collect()
}

/// How often the rank is read rightly, whatever the suit: ace to king. Classes that are
/// no suited cards are left out; such an answer to a suited card is wrong.
pub fn by_rank(classes: &ClassMap, answers: &[LabelledAnswer]) -> Vec<Named> {
    by_part(classes, answers, |card| match card {
        Card::Suited(rank, _) => Some((rank as usize, rank.name().to_owned())),
        Card::Joker => None,
    })
}

/// How often the suit is read rightly, whatever the rank.
pub fn by_suit(classes: &ClassMap, answers: &[LabelledAnswer]) -> Vec<Named> {
    by_part(classes, answers, |card| match card {
        Card::Suited(_, suit) => Some((suit as usize, suit.name().to_owned())),
        Card::Joker => None,
    })
}

/// `table[shown][named]`: images.
pub fn confusion(classes: usize, answers: &[LabelledAnswer]) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; classes]; classes];
    for answer in answers {
        table[answer.class][answer.named] += 1;
    }
    table
}

/// `part`: a card's place in the table and its name there.
fn by_part(
    classes: &ClassMap,
    answers: &[LabelledAnswer],
    part: impl Fn(Card) -> Option<(usize, String)>,
) -> Vec<Named> {
    let parts: Vec<Option<(usize, String)>> =
        classes.names().iter().map(|name| part(name.parse().ok()?)).collect();
    let mut table: Vec<(usize, Named)> = Vec::new();
    for answer in answers {
        let Some((place, name)) = &parts[answer.class] else { continue };
        let at = table.iter().position(|(other, _)| other == place).unwrap_or_else(|| {
            table.push((*place, Named { name: name.clone(), score: Score::default() }));
            table.len() - 1
        });
        let score = &mut table[at].1.score;
        score.total += 1;
        score.right += usize::from(parts[answer.named].as_ref().is_some_and(|(p, _)| p == place));
    }
    table.sort_by_key(|(place, _)| *place);
    table.into_iter().map(|(_, named)| named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(pairs: &[(usize, usize)]) -> Vec<LabelledAnswer> {
        let answer = |(image, &(class, named)): (usize, &(usize, usize))| LabelledAnswer {
            image,
            class,
            named,
            confidence: 0.5,
        };
        pairs.iter().enumerate().map(answer).collect()
    }

    fn classes() -> ClassMap {
        // 0 ace of clubs, 1 ace of spades, 2 joker, 3 two of clubs
        ClassMap::new(["ace of clubs", "ace of spades", "joker", "two of clubs"].map(str::to_owned))
    }

    fn scores(table: Vec<Named>) -> Vec<(String, usize, usize)> {
        table.into_iter().map(|row| (row.name, row.score.right, row.score.total)).collect()
    }

    #[test]
    fn rank_and_suit_are_told_apart() {
        // An ace of clubs as ace of spades, as two of clubs, and as joker.
        let answers = answers(&[(0, 1), (0, 3), (0, 2), (3, 3), (2, 2)]);
        assert_eq!(
            scores(by_rank(&classes(), &answers)),
            [("ace".to_owned(), 1, 3), ("two".to_owned(), 1, 1)]
        );
        assert_eq!(scores(by_suit(&classes(), &answers)), [("clubs".to_owned(), 2, 4)]);
    }

    #[test]
    fn classes_and_confusions_are_counted() {
        let answers = answers(&[(0, 1), (0, 0), (2, 2)]);
        let table = scores(by_class(&classes(), &answers));
        assert_eq!(table[0], ("ace of clubs".to_owned(), 1, 2));
        assert_eq!(table[3], ("two of clubs".to_owned(), 0, 0));
        let confusion = confusion(4, &answers);
        assert_eq!((confusion[0][0], confusion[0][1], confusion[2][2]), (1, 1, 1));
    }
}
