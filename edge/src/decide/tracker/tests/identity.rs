//! Which observation is which card.

use super::*;

#[test]
fn a_card_that_moves_by_most_of_its_diagonal_is_the_same_card() {
    let mut table = Table::new(5);
    for step in 0..10 {
        table.show(1, &[sure(ACE, Point::new(65.0 * step as f32, 100.0))]);
    }
    assert_eq!(table.changes, ["+ace of spades"]);
    assert_eq!(table.places(ACE), [(0, 585.0)]);
}

#[test]
fn cards_side_by_side_keep_their_identities_while_they_move_by_a_cards_width() {
    let mut table = Table::new(5);
    for step in 0..8 {
        let x = 65.0 * step as f32;
        let mut pair = [sure(ACE, Point::new(x, 100.0)), sure(TWO, Point::new(x + 65.0, 100.0))];
        if step % 2 == 1 {
            pair.reverse();
        }
        table.show(1, &pair);
    }
    assert_eq!(table.changes, ["+ace of spades", "+two of hearts"]);
    assert_eq!(table.places(ACE), [(0, 455.0)]);
    assert_eq!(table.places(TWO), [(1, 520.0)]);
}

#[test]
fn cards_that_change_places_keep_their_identities() {
    let mut table = Table::new(30);
    table.show(3, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
    table.show(3, &[sure(TWO, HERE), sure(ACE, BESIDE)]);
    assert_eq!(table.changes, ["+ace of spades", "+two of hearts"]);
    assert_eq!((table.places(ACE)[0].1, table.places(TWO)[0].1), (BESIDE.x, HERE.x));
}

#[test]
fn a_hand_that_passes_over_a_card_causes_no_change() {
    at_each_rate(|table| {
        for _ in 0..4 {
            table.show_for(800, &[sure(ACE, HERE)]).show_for(600, &[]);
        }
        assert_eq!(table.changes, ["+ace of spades"]);
        assert_eq!(table.state().card(), Some(ACE));
    });
}

#[test]
fn a_card_laid_beside_a_covered_one_is_another_card() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE)]);
        table.show_for(800, &[sure(TWO, BESIDE)]);
        table.show(5, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
        assert_eq!(table.changes, ["+ace of spades", "+two of hearts"]);
    });
}

#[test]
fn a_card_that_is_misread_as_its_covered_neighbour_causes_no_change() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
        table.show(2, &[sure(TWO, HERE)]);
        table.show(5, &[sure(ACE, HERE), sure(TWO, BESIDE)]);
        assert_eq!(table.changes, ["+ace of spades", "+two of hearts"]);
        assert_eq!((table.places(ACE)[0].1, table.places(TWO)[0].1), (HERE.x, BESIDE.x));
    });
}

#[test]
fn a_covered_card_that_reappears_elsewhere_before_it_expires_is_the_same_card() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE)]).show_for(600, &[]).show(5, &[sure(ACE, FAR)]);
        assert_eq!(table.changes, ["+ace of spades"]);
        assert_eq!(table.places(ACE), [(0, FAR.x)]);
        table.show_for(1300, &[]).show(5, &[sure(ACE, HERE)]);
        assert_eq!(table.changes[1..], ["-ace of spades", "+ace of spades"], "too late");
    });
}

#[test]
fn a_moved_card_that_is_doubtful_at_first_is_the_same_card() {
    let mut table = Table::new(30);
    table.show(5, &[sure(ACE, HERE)]).show(10, &[doubtful(ACE, FAR)]).show(5, &[sure(ACE, FAR)]);
    assert_eq!(table.changes, ["+ace of spades"]);
    assert_eq!(table.places(ACE), [(0, FAR.x)]);
}

#[test]
fn two_cards_of_the_same_name_are_two_cards() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE), sure(ACE, BESIDE)]);
        table.show_for(1300, &[sure(ACE, BESIDE)]);
        assert_eq!(table.changes, ["+ace of spades", "+ace of spades", "-ace of spades"]);
        assert_eq!(table.places(ACE), [(1, BESIDE.x)]);
    });
}

#[test]
fn a_card_that_is_found_twice_in_one_place_is_one_card() {
    let mut table = Table::new(30);
    table.show(60, &[sure(ACE, HERE), sure(ACE, HERE + Point::new(20.0, 10.0))]);
    assert_eq!(table.changes, ["+ace of spades"]);
}

#[test]
fn every_card_of_a_fan_is_a_card_of_its_own() {
    let mut table = Table::new(30);
    table.show(60, &[sure(ACE, HERE), sure(TWO, HERE + Point::new(20.0, 0.0))]);
    assert_eq!(table.changes, ["+ace of spades", "+two of hearts"]);
}
