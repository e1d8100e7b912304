//! Changes the controls of a camera to what the settings ask for, and reads them back.

use std::collections::BTreeMap;

use super::resolve::{Wanted, resolve};
use super::settings::ControlSettings;
use super::{ControlDevice, ControlKind};

/// Applies the settings. Returns what did not work, in words: a setting that the camera does not know, a
/// value that the driver refuses, and one that it has changed.
pub(crate) fn apply(settings: &ControlSettings, device: &impl ControlDevice) -> Vec<String> {
    if settings.is_empty() {
        return Vec::new();
    }
    let controls = match device.list() {
        Ok(controls) => controls,
        Err(error) => return vec![format!("can't list the controls: {error}")],
    };
    let (wanted, mut faults) = resolve(settings, &controls);
    faults.extend(wanted.iter().filter_map(|wanted| apply_one(wanted, device).err()));
    faults
}

fn apply_one(wanted: &Wanted<'_>, device: &impl ControlDevice) -> Result<(), String> {
    let &Wanted { control, value } = wanted;
    let name = &control.name;
    if control.is_read_only {
        return Err(format!("{name} can only be read"));
    }
    let described = control.describe(value);
    device
        .set(control.id, value)
        .map_err(|error| format!("the driver refuses {name} = {described} ({error}); {control}"))?;
    match device.get(control.id) {
        Ok(present) if present == value => Ok(()),
        Ok(present) => {
            let present = control.describe(present);
            Err(format!("the driver has made {present} of {name} = {described}; {control}"))
        }
        Err(error) => Err(format!("{name} can't be read back after it was set: {error}")),
    }
}

/// The present values of all controls that have one, by name.
pub(crate) fn values(device: &impl ControlDevice) -> BTreeMap<String, i64> {
    let controls = device.list().unwrap_or_default();
    let readable = controls.into_iter().filter(|control| control.kind != ControlKind::Other);
    readable.filter_map(|control| Some((control.name, device.get(control.id).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::fake::FakeControls;
    use super::*;

    fn settings(text: &str) -> ControlSettings {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn plain_names_switch_the_automatic_off_first() {
        let camera = FakeControls::webcam();
        let text = "exposure = 100\nwhite_balance = 4600\npower_line_frequency = 50\ngain = 10\n";
        assert_eq!(apply(&settings(text), &camera), [""; 0]);
        let values = values(&camera);
        for (name, value) in [
            ("auto_exposure", 1),
            ("exposure_time_absolute", 100),
            ("white_balance_automatic", 0),
            ("white_balance_temperature", 4600),
            ("power_line_frequency", 1),
            ("gain", 10),
        ] {
            assert_eq!(values[name], value, "{name}");
        }
        assert_eq!(apply(&settings("exposure = \"auto\"\n"), &camera), [""; 0]);
        assert_eq!(camera.value("auto_exposure"), 3);
    }

    #[test]
    fn menus_are_set_by_number_or_name_and_switches_by_word() {
        let camera = FakeControls::webcam();
        let power = |text: &str| {
            let faults = apply(&settings(&format!("power_line_frequency = {text}")), &camera);
            (camera.value("power_line_frequency"), faults)
        };
        assert_eq!(power("2"), (2, vec![]));
        assert_eq!(power("\"50 Hz\""), (1, vec![]));
        assert_eq!(power("60"), (2, vec![]));
        assert_eq!(power("\"disabled\""), (0, vec![]));
        let (_, faults) = power("70");
        assert!(faults[0].contains("power_line_frequency = 70") && faults[0].contains("1 = 50 Hz"));
        assert_eq!(apply(&settings("white_balance_automatic = false"), &camera), [""; 0]);
    }

    #[test]
    fn what_the_driver_changes_or_refuses_is_reported() {
        let camera = FakeControls::webcam();
        let faults = apply(&settings("gain = 1000"), &camera);
        assert_eq!(
            faults,
            ["the driver has made 255 of gain = 1000; gain: 0 to 255"],
            "a driver clamps what is too large"
        );
        let refused = apply(&settings("exposure_time_absolute = 100"), &camera);
        assert!(refused[0].contains("refuses exposure_time_absolute = 100"), "{refused:?}");
        let unknown = apply(&settings("zoom = 1\nfocus = 5\nmatrix = 1"), &camera);
        assert!(unknown[0].contains("no control for it"), "{unknown:?}");
        assert!(unknown[1].contains("controls of this type"), "{unknown:?}");
        assert!(unknown[2].contains("it has auto_exposure, exposure_time_absolute"), "{unknown:?}");
        assert_eq!(apply(&settings(""), &camera), [""; 0]);
    }
}
