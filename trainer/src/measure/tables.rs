//! Scores by class, rank and suit, and the confusion matrix.

use common::{Card, ClassMap, Score};
use serde::Serialize;

use super::answer::ImageAnswer;

/// The score of a class, rank or suit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NamedScore {
    pub name: String,
    pub score: Score,
}

/// The score of each class, in the order of the classes.
pub fn by_class(classes: &ClassMap, answers: &[ImageAnswer]) -> Vec<NamedScore> {
    let mut table: Vec<NamedScore> = classes
        .names()
        .iter()
        .map(|name| NamedScore { name: name.clone(), score: Score::default() })
        .collect();
    for answer in answers {
        let score = &mut table[answer.class].score;
        score.total += 1;
        score.right += usize::from(answer.named == answer.class);
    }
    table
}

/// How often the rank is right, whatever the suit, from ace to king. Images of classes without
/// a rank are left out; an answer without a rank is wrong.
pub fn by_rank(classes: &ClassMap, answers: &[ImageAnswer]) -> Vec<NamedScore> {
    by_part(classes, answers, |card| match card {
        Card::Suited(rank, _) => Some((rank as usize, rank.name().to_owned())),
        Card::Joker => None,
    })
}

/// How often the suit is right, whatever the rank. Images of classes without a suit are left
/// out; an answer without a suit is wrong.
pub fn by_suit(classes: &ClassMap, answers: &[ImageAnswer]) -> Vec<NamedScore> {
    by_part(classes, answers, |card| match card {
        Card::Suited(_, suit) => Some((suit as usize, suit.name().to_owned())),
        Card::Joker => None,
    })
}

/// The confusion matrix: `confusion[class][answer]` is the number of images.
pub fn confusion(classes: usize, answers: &[ImageAnswer]) -> Vec<Vec<usize>> {
    let mut table = vec![vec![0; classes]; classes];
    for answer in answers {
        table[answer.class][answer.named] += 1;
    }
    table
}

/// The score of each rank or suit. `part` gives a card's place in the table and its name there.
fn by_part(
    classes: &ClassMap,
    answers: &[ImageAnswer],
    part: impl Fn(Card) -> Option<(usize, String)>,
) -> Vec<NamedScore> {
    let parts: Vec<Option<(usize, String)>> =
        classes.names().iter().map(|name| part(name.parse().ok()?)).collect();
    let mut table: Vec<(usize, NamedScore)> = Vec::new();
    for answer in answers {
        let Some((place, name)) = &parts[answer.class] else { continue };
        let at = table.iter().position(|(other, _)| other == place).unwrap_or_else(|| {
            table.push((*place, NamedScore { name: name.clone(), score: Score::default() }));
            table.len() - 1
        });
        let score = &mut table[at].1.score;
        score.total += 1;
        score.right += usize::from(parts[answer.named].as_ref().is_some_and(|(p, _)| p == place));
    }
    table.sort_by_key(|(place, _)| *place);
    table.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answers(pairs: &[(usize, usize)]) -> Vec<ImageAnswer> {
        let pairs = pairs.iter().enumerate();
        pairs
            .map(|(image, &(class, named))| ImageAnswer { image, class, named, confidence: 0.5 })
            .collect()
    }

    fn classes() -> ClassMap {
        // 0 ace of clubs, 1 ace of spades, 2 joker, 3 two of clubs
        ClassMap::new(["ace of clubs", "ace of spades", "joker", "two of clubs"].map(str::to_owned))
    }

    fn scores(table: Vec<NamedScore>) -> Vec<(String, usize, usize)> {
        table.into_iter().map(|row| (row.name, row.score.right, row.score.total)).collect()
    }

    #[test]
    fn rank_and_suit_count_separately() {
        // The ace of clubs is answered as ace of spades, as two of clubs and as joker.
        let answers = answers(&[(0, 1), (0, 3), (0, 2), (3, 3), (2, 2)]);
        assert_eq!(
            scores(by_rank(&classes(), &answers)),
            [("ace".to_owned(), 1, 3), ("two".to_owned(), 1, 1)]
        );
        assert_eq!(scores(by_suit(&classes(), &answers)), [("clubs".to_owned(), 2, 4)]);
    }

    #[test]
    fn answers_are_counted_by_class_and_by_confusion() {
        let answers = answers(&[(0, 1), (0, 0), (2, 2)]);
        let table = scores(by_class(&classes(), &answers));
        assert_eq!(table[0], ("ace of clubs".to_owned(), 1, 2));
        assert_eq!(table[3], ("two of clubs".to_owned(), 0, 0));
        let confusion = confusion(4, &answers);
        assert_eq!((confusion[0][0], confusion[0][1], confusion[2][2]), (1, 1, 1));
    }
}
