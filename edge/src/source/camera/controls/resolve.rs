//! Which controls of a camera the settings mean, with which values.

use super::settings::{ControlSettings, ControlValue, EXPOSURE_AUTO, PLAIN_NAMES, PlainName};
use super::{Control, ControlKind};

/// The items of the menu `EXPOSURE_AUTO` (`v4l2-controls.h`): manual time and iris; automatic in the
/// order of preference, aperture priority before full automatic, which USB cameras seldom have.
const EXPOSURE_MANUAL: i64 = 1;
const EXPOSURE_AUTOMATIC: [i64; 2] = [3, 0];

/// A control with the value that it is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wanted<'a> {
    pub(super) control: &'a Control,
    pub(super) value: i64,
}

/// What the settings mean for a camera with these controls. Switches between automatic and manual
/// come first, because a manual value is refused while its switch is automatic. Also returns what
/// is wrong with the settings, in words.
pub(super) fn resolve<'a>(
    settings: &ControlSettings,
    controls: &'a [Control],
) -> (Vec<Wanted<'a>>, Vec<String>) {
    let (mut wanted, mut faults) = (Vec::new(), Vec::new());
    for (name, value) in settings {
        match resolve_one(name, value, controls) {
            Ok(resolved) => wanted.extend(resolved),
            Err(fault) => faults.push(format!("{name} = {value}: {fault}")),
        }
    }
    let is_switch =
        |control: &Control| PLAIN_NAMES.iter().any(|plain| plain.automatic == control.id);
    wanted.sort_by_key(|wanted| !is_switch(wanted.control));
    (wanted, faults)
}

fn resolve_one<'a>(
    name: &str,
    value: &ControlValue,
    controls: &'a [Control],
) -> Result<Vec<Wanted<'a>>, String> {
    if let Some(plain) = PLAIN_NAMES.iter().find(|plain| plain.name == name) {
        return resolve_plain(plain, value, controls);
    }
    let Some(control) = controls.iter().find(|control| control.name == name) else {
        let names: Vec<&str> = controls.iter().map(|control| control.name.as_str()).collect();
        return Err(format!("the camera has no such control; it has {}", names.join(", ")));
    };
    Ok(vec![Wanted { control, value: number(control, value)? }])
}

/// A quantity with its switch.
fn resolve_plain<'a>(
    plain: &PlainName,
    value: &ControlValue,
    controls: &'a [Control],
) -> Result<Vec<Wanted<'a>>, String> {
    let by_id = |id: u32| controls.iter().find(|control| control.id == id);
    let switch = by_id(plain.automatic);
    let set_switch = |is_automatic| {
        switch.map(|control| Wanted { control, value: switch_value(control, is_automatic) })
    };
    if *value == ControlValue::Word("auto".into()) {
        let automatic = set_switch(true).ok_or("the camera has no automatic for it")?;
        return Ok(vec![automatic]);
    }
    let control = plain.values.iter().find_map(|id| by_id(*id));
    let control = control.ok_or("the camera has no control for it")?;
    let value = Wanted { control, value: number(control, value)? };
    Ok(set_switch(false).into_iter().chain([value]).collect())
}

fn switch_value(switch: &Control, is_automatic: bool) -> i64 {
    let ControlKind::Menu(items) = &switch.kind else { return i64::from(is_automatic) };
    debug_assert_eq!(switch.id, EXPOSURE_AUTO, "no other switch is a menu");
    let has = |value: &i64| items.iter().any(|(number, _)| number == value);
    if is_automatic {
        EXPOSURE_AUTOMATIC.into_iter().find(has).unwrap_or(switch.default)
    } else {
        EXPOSURE_MANUAL
    }
}

/// The number of a value for the driver.
fn number(control: &Control, value: &ControlValue) -> Result<i64, String> {
    match (&control.kind, value) {
        (ControlKind::Other, _) => Err("cardsight can't set controls of this type".into()),
        (ControlKind::Menu(items), value) => item(items, value).ok_or_else(|| control.to_string()),
        (_, ControlValue::Number(number)) => Ok(*number),
        (_, ControlValue::Switch(is_on)) => Ok(i64::from(*is_on)),
        (_, ControlValue::Word(word)) => match word.trim().parse() {
            Ok(number) => Ok(number),
            Err(_) => Err(control.to_string()),
        },
    }
}

/// The number of a menu's item that is given by its number, by its name, or by the number with which
/// its name begins (50 for "50 Hz").
fn item(items: &[(i64, String)], value: &ControlValue) -> Option<i64> {
    let text = match value {
        ControlValue::Number(number) => number.to_string(),
        ControlValue::Word(word) => word.trim().to_lowercase(),
        ControlValue::Switch(_) => return None,
    };
    let first_word = |name: &str| name.split_whitespace().next().map(str::to_lowercase);
    let found = items
        .iter()
        .find(|(number, _)| number.to_string() == text)
        .or_else(|| items.iter().find(|(_, name)| name.to_lowercase() == text))
        .or_else(|| items.iter().find(|(_, name)| first_word(name).as_ref() == Some(&text)));
    found.map(|(number, _)| *number)
}
