//! What `cardsight doctor` lists of cameras beside the cameras themselves.

use super::controls::{Control, ControlDevice, ControlKind};
use super::devices::{CameraInfo, catch_panic, open_device};

/// The controls of the cameras that can be opened, each with its range, default and present value.
pub(crate) fn control_lines(cameras: &[CameraInfo]) -> Vec<String> {
    cameras.iter().filter(|camera| camera.formats.is_ok()).flat_map(controls_of).collect()
}

fn controls_of(camera: &CameraInfo) -> Vec<String> {
    let name = camera.path.display().to_string();
    let described = catch_panic(&name, || {
        let (device, _) = open_device(&camera.path, &name)?;
        Ok(describe_all(&device))
    });
    let lines = described.and_then(|outcome| outcome).unwrap_or_default();
    lines.into_iter().map(|line| format!("{name} {line}")).collect()
}

/// A line for each control, or one that says why there are none.
fn describe_all(device: &impl ControlDevice) -> Vec<String> {
    let controls = match device.list() {
        Ok(controls) => controls,
        Err(error) => return vec![format!("does not list its controls ({error})")],
    };
    let is_known = |control: &&Control| control.kind != ControlKind::Other;
    let known = controls.iter().filter(is_known);
    known.map(|control| control.describe_with(device.get(control.id))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::controls::fake::FakeControls;
    use super::*;

    #[test]
    fn controls_are_listed_with_range_default_and_value() {
        let lines = describe_all(&FakeControls::webcam());
        assert_eq!(lines[1], "exposure_time_absolute: 3 to 2047, default 250, now 250");
        assert_eq!(
            lines[5],
            "power_line_frequency: 0 = Disabled, 1 = 50 Hz, 2 = 60 Hz, default 2 (60 Hz), now 2 (60 Hz)"
        );
        assert_eq!(lines.len(), 6, "a control that cardsight can't set is left out: {lines:?}");
    }
}
