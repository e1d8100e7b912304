//! When a card is announced, and which state is reported.

use super::*;

#[test]
fn a_card_appears_once_after_enough_agreeing_frames_and_expires_once() {
    at_each_rate(|table| {
        table.show(2, &[sure(ACE, HERE)]);
        assert!(table.changes.is_empty());
        table.show(20, &[sure(ACE, HERE)]);
        assert_eq!(table.changes, ["+ace of spades"]);
        table.show_for(1000, &[]);
        assert_eq!(table.state().card(), Some(ACE), "it has not expired yet");
        table.show(1, &[]);
        assert_eq!(table.changes, ["+ace of spades", "-ace of spades"]);
        assert_eq!(table.state(), State::Searching);
    });
}

#[test]
fn frames_that_disagree_or_are_doubtful_in_between_name_no_card() {
    let mut table = Table::new(30);
    for _ in 0..9 {
        table.show(2, &[sure(ACE, HERE)]).show(1, &[sure(TWO, HERE)]);
        table.show(2, &[sure(ACE, HERE)]).show(1, &[doubtful(ACE, HERE)]);
        table.show(2, &[sure(ACE, HERE)]).show(1, &[]);
    }
    assert!(table.changes.is_empty(), "{:?}", table.changes);
}

#[test]
fn a_confirmed_card_needs_less_confidence_than_a_new_one() {
    at_each_rate(|table| {
        table.show(3, &[sure(ACE, HERE)]).show_for(3000, &[doubtful(ACE, HERE)]);
        assert_eq!(table.changes, ["+ace of spades"]);
    });
}

#[test]
fn a_swapped_card_is_gone_before_the_other_one_appears() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE)]).show_for(2000, &[sure(TWO, HERE)]);
        assert_eq!(table.changes, ["+ace of spades", "-ace of spades", "+two of hearts"]);
        assert_eq!(table.state().card(), Some(TWO));
    });
}

#[test]
fn a_misread_card_stays_what_it_is() {
    at_each_rate(|table| {
        table.show(5, &[sure(ACE, HERE)]);
        for misread in [1, 2, 3] {
            table.show(misread, &[sure(TWO, HERE)]).show(3, &[sure(ACE, HERE)]);
        }
        assert_eq!(table.changes, ["+ace of spades"]);
    });
}

#[test]
fn the_largest_card_is_primary_until_another_one_is_clearly_larger() {
    let mut table = Table::new(30);
    let ace = sure(ACE, HERE);
    let two = |scale| scaled(TWO, 0.9, FAR, scale);
    table.show(5, &[ace, two(0.9)]);
    assert_eq!(table.state().card(), Some(ACE));
    table.show(5, &[ace, two(1.05)]);
    assert_eq!(table.state().card(), Some(ACE), "1.10 times as large");
    table.show(5, &[ace, two(1.15)]);
    assert_eq!(table.state().card(), Some(TWO), "1.32 times as large");
    table.show(5, &[ace, two(0.95)]);
    assert_eq!(table.state().card(), Some(TWO), "the other one is 1.11 times as large");
    table.show(40, &[ace]);
    assert_eq!(table.state().card(), Some(ACE));
}

#[test]
fn a_doubtful_card_is_unsure_and_a_less_likely_one_is_ignored() {
    let mut table = Table::new(30);
    table.show(2, &[doubtful(ACE, HERE)]);
    assert_eq!(table.state(), State::Searching);
    table.show(1, &[doubtful(ACE, HERE)]);
    assert_eq!((table.state(), table.tracker.unknown_outlines().count()), (State::Unsure, 1));
    table.show(2, &[]).show(1, &[doubtful(ACE, HERE)]);
    assert_eq!(table.state(), State::Searching, "after as many frames without it");
    table.show(9, &[scaled(ACE, 0.3, HERE, 1.0)]);
    assert_eq!((table.state(), table.tracker.unknown_outlines().count()), (State::Searching, 0));
}

#[test]
fn without_frames_cards_expire() {
    let mut table = Table::new(30);
    table.show(3, &[sure(ACE, HERE)]);
    let (last, expire) = (table.now, Duration::from_millis(1000));
    assert_eq!(table.tracker.pass_time(last + expire), []);
    assert_eq!(table.tracker.pass_time(last + 2 * expire), [CardChange::Gone(ACE)]);
    assert_eq!(table.state(), State::Searching);
}

#[test]
fn at_one_frame_every_two_seconds_a_card_on_the_table_stays_confirmed() {
    let mut table = Table::new(30);
    table.frame_time = Duration::from_secs(2);
    table.show(9, &[sure(ACE, HERE)]);
    assert_eq!(table.changes, ["+ace of spades"]);
    table.show(1, &[]);
    assert_eq!(table.changes[1..], ["-ace of spades"]);
}

#[test]
fn a_fault_hides_cards_and_a_frame_before_they_expire_shows_them_again() {
    let mut table = Table::new(30);
    table.show(3, &[sure(ACE, HERE)]);
    assert_eq!(table.tracker.fail(table.now + Duration::from_millis(400)), []);
    assert_eq!(table.state(), State::Fault);
    assert_eq!(table.tracker.pass_time(table.now + Duration::from_millis(500)), []);
    assert_eq!(table.state(), State::Fault);
    table.now += Duration::from_millis(600);
    table.show(1, &[sure(ACE, HERE)]);
    assert_eq!(table.state().card(), Some(ACE));
    let later = table.now + Duration::from_secs(9);
    assert_eq!(table.tracker.fail(later), [CardChange::Gone(ACE)]);
    assert_eq!(table.changes, ["+ace of spades"]);
}
