"""The controls of the camera: applied at the start, and again after the camera was plugged in."""

from ..device import Device
from ..scenes import CARDS

# vivid's control from 0 to 255, whose default is 128. It does not change looped images.
CONTROL, VALUE = "contrast", 77


def controls(device: Device) -> None:
    report, vm = device.report, device.vm
    wanted = f"{CONTROL} = {VALUE}\nhue = 9999\nno_such_control = 1\n"
    position = device.log_position()
    device.configure(f"{device.config}\n[camera.controls]\n{wanted}")
    device.systemctl("reload cardsight")
    device.check_names("controls: a card is named", CARDS[0])
    report.check("controls: applied at the start", _value(device) == VALUE, str(_value(device)))
    log = device.log_since(position)
    report.check("controls: the log names what the driver has changed", "hue = 9999" in log, log)
    report.check("controls: the log names what the camera lacks", "no such control" in log, log)
    vm.run("camera down")
    device.wait_status(10, state="fault")
    vm.run("camera up")
    device.check_names("controls: a card is named after the camera was plugged in", CARDS[1], 60)
    report.check("controls: applied again", _value(device) == VALUE, str(_value(device)))
    doctor = vm.shell("cardsight doctor", 120).output
    line = next((line for line in doctor.splitlines() if f" {CONTROL}: " in line), doctor)
    report.check("controls: doctor lists them", f"now {VALUE}" in line and "default 128" in line, line)
    device.configure()
    device.systemctl("reload cardsight")
    device.check_names("controls: a card is named without them", CARDS[2])


def _value(device: Device) -> int:
    """The value that the driver has at present."""
    output = device.vm.run(f"v4l2-ctl -d /dev/video0 -C {CONTROL}")
    return int(output.rpartition(":")[2])
