//! Whether the supply voltage or the temperature limits a Raspberry Pi.

use super::finding::Finding;
use crate::service::power::Power;

const BETTER_SUPPLY: &str = "use the power supply that the board's maker recommends, and a short, \
                             thick cable";

/// Reports what the firmware or the voltage sensor of a Raspberry Pi says.
pub(super) fn check_power() -> Finding {
    Power::of_board().map_or_else(
        || Finding::Absent("only a Raspberry Pi reports its supply voltage and throttling".into()),
        finding,
    )
}

fn finding(power: Power) -> Finding {
    let Power { is_low, was_low, is_slowed, was_slowed } = power;
    if is_low {
        return Finding::Fails(format!("the supply voltage is too low; {BETTER_SUPPLY}"));
    }
    if was_low {
        return Finding::Present(format!(
            "the supply voltage was too low since the system started; {BETTER_SUPPLY}"
        ));
    }
    match (is_slowed, was_slowed) {
        (true, _) => Finding::Present("the processor is slowed down; cool the board".into()),
        (_, true) => Finding::Present(
            "the processor was slowed down since the system started; cool the board".into(),
        ),
        _ => Finding::Works("the supply voltage is sufficient, and nothing is slowed down".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_voltage_that_is_too_low_now_is_a_failure() {
        let good = Power { is_low: false, was_low: false, is_slowed: false, was_slowed: false };
        for (power, label, words) in [
            (good, "ok    ", "sufficient"),
            (Power { is_low: true, was_low: true, ..good }, "FAILED", "voltage is too low"),
            (Power { was_low: true, was_slowed: true, ..good }, "found ", "voltage was too low"),
            (Power { is_slowed: true, was_slowed: true, ..good }, "found ", "is slowed down"),
            (Power { was_slowed: true, ..good }, "found ", "was slowed down"),
        ] {
            let found = finding(power);
            assert_eq!(found.label(), label, "{power:?}");
            assert!(found.to_string().contains(words), "{power:?}: {found}");
        }
    }
}
