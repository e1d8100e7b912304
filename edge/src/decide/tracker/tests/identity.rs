//! Which card is which.

use super::*;

#[test]
fn a_card_that_moves_by_most_of_its_diagonal_is_the_same_card() {
    let mut table = Table::new(5);
    for step in 0..10 {
        table.show(1, &[sure(ACE, [65.0 * step as f32, 100.0])]);
    }
    assert_eq!(table.told, ["+ace of spades"]);
    assert_eq!(table.places(ACE), [(0, 585.0)]);
}

#[test]
fn cards_side_by_side_keep_their_identities_while_they_move_by_a_cards_width() {
    let mut table = Table::new(5);
    for step in 0..8 {
        let x = 65.0 * step as f32;
        let mut pair = [sure(ACE, [x, 100.0]), sure(TWO, [x + 65.0, 100.0])];
        if step % 2 == 1 {
            pair.reverse();
        }
        table.show(1, &pair);
    }
    assert_eq!(table.told, ["+ace of spades", "+two of hearts"]);
    assert_eq!(table.places(ACE), [(0, 455.0)]);
    assert_eq!(table.places(TWO), [(1, 520.0)]);
}

#[test]
fn cards_that_change_places_keep_their_identities() {
    let mut table = Table::new(30);
    table.show(3, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
    table.show(3, &[sure(TWO, HERE), sure(ACE, BESIDE)]);
    assert_eq!(table.told, ["+ace of spades", "+two of hearts"]);
    assert_eq!((table.places(ACE)[0].1, table.places(TWO)[0].1), (BESIDE[0], HERE[0]));
}

#[test]
fn a_hand_that_passes_over_a_card_changes_nothing() {
    at_each_rate(|table| {
        for _ in 0..4 {
            table.show_for(800, &[sure(ACE, HERE)]).show_for(600, &[]);
        }
        assert_eq!(table.told, ["+ace of spades"]);
        assert_eq!(table.state().card(), Some(ACE));
    });
}

#[test]
fn a_card_laid_beside_a_covered_one_is_another_card() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE)]);
        table.show_for(800, &[sure(TWO, BESIDE)]);
        table.show(5, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
        assert_eq!(table.told, ["+ace of spades", "+two of hearts"]);
    });
}

#[test]
fn a_card_misread_as_its_covered_neighbour_changes_nothing() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
        table.show(2, &[sure(TWO, HERE)]);
        table.show(5, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
        assert_eq!(table.told, ["+ace of spades", "+two of hearts"]);
        assert_eq!((table.places(ACE)[0].1, table.places(TWO)[0].1), (HERE[0], BESIDE[0]));
    });
}

#[test]
fn a_covered_card_that_reappears_elsewhere_in_time_is_the_same() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE)]).show_for(600, &[]).show(5, &[sure(ACE, FAR)]);
        assert_eq!(table.told, ["+ace of spades"]);
        assert_eq!(table.places(ACE), [(0, FAR[0])]);
        table.show_for(1300, &[]).show(5, &[sure(ACE, HERE)]);
        assert_eq!(table.told[1..], ["-ace of spades", "+ace of spades"], "too late");
    });
}

#[test]
fn a_moved_card_that_is_doubtful_at_first_is_the_same_once_it_is_sure() {
    let mut table = Table::new(30);
    table.show(5, &[sure(ACE, HERE)]).show(10, &[doubtful(ACE, FAR)]).show(5, &[sure(ACE, FAR)]);
    assert_eq!(table.told, ["+ace of spades"]);
    assert_eq!(table.places(ACE), [(0, FAR[0])]);
}

#[test]
fn two_cards_of_one_name_are_two() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE), sure(ACE, BESIDE)]);
        table.show_for(1300, &[sure(ACE, BESIDE)]);
        assert_eq!(table.told, ["+ace of spades", "+ace of spades", "-ace of spades"]);
        assert_eq!(table.places(ACE), [(1, BESIDE[0])]);
    });
}

#[test]
fn a_card_found_twice_in_one_place_is_one() {
    let mut table = Table::new(30);
    table.show(60, &[sure(ACE, HERE), sure(ACE, [HERE[0] + 20.0, HERE[1] + 10.0])]);
    assert_eq!(table.told, ["+ace of spades"]);
}

#[test]
fn a_fan_of_cards_is_all_its_cards() {
    let mut table = Table::new(30);
    table.show(60, &[sure(ACE, HERE), sure(TWO, [HERE[0] + 20.0, HERE[1]])]);
    assert_eq!(table.told, ["+ace of spades", "+two of hearts"]);
}
