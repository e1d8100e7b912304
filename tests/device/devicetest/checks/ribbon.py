"""A ribbon-cable camera, with a script in place of rpicam-vid. It is slow to start, and its JPEG images
have no Huffman tables."""

from ..device import Device
from ..scenes import CARDS, TABLE, Scene

PROGRAM = "/usr/local/bin/rpicam-vid"

# The first frame comes later than camera.timeout_millis of the test's configuration.
SCRIPT = """#!/bin/sh
sleep 4
while cat /run/scene.jpg; do sleep 0.5; done
"""


def ribbon(device: Device) -> None:
    report, vm = device.report, device.vm
    device.write(PROGRAM, SCRIPT)
    vm.run(f"chmod 755 {PROGRAM}")
    _lay(device, TABLE)
    position = device.log_position()
    device.configure(device.config.replace('source = "/dev/video0"', 'source = "rpicam:0"'))
    device.systemctl("restart cardsight")
    _check_names(device, "ribbon camera: a card is named", CARDS[3])
    log = device.log_since(position)
    is_patient = "sent no frame" not in log
    report.check("slow camera: not closed before its first frame", is_patient, log)
    report.check("JPEG without tables: no frame is damaged", "damaged" not in log, log)
    position = device.log_position()
    vm.run(f"pkill -KILL -f {PROGRAM}")
    waited = device.wait_status(10, state="fault")
    report.check("ribbon camera killed: fault", waited is not None, device.doing())
    log = device.log_since(position)
    report.check("ribbon camera killed: the log names the program", "rpicam-vid" in log, log)
    _check_names(device, "ribbon camera killed: started again", CARDS[4])
    # The program is killed, so that nobody can end its child.
    device.systemctl("kill -s KILL --kill-who=main cardsight")
    vm.run("sleep 1")
    _check_names(device, "program killed: a card is named again", CARDS[5])
    count = len(vm.run(f"pgrep -f {PROGRAM}").split())
    report.check("program killed: its child ended with it", count == 1, f"{count} children")
    device.configure()
    device.systemctl("restart cardsight")
    vm.run(f"rm {PROGRAM}")
    device.check_names("ribbon camera removed: the other camera names a card", CARDS[6])
    left = vm.shell(f"pgrep -f {PROGRAM}").output.strip()
    report.check("ribbon camera removed: its program has ended", not left, left)


def _lay(device: Device, scene: Scene) -> None:
    device.vm.run(f"cp payload/{scene.jpeg} /run/new.jpg; mv /run/new.jpg /run/scene.jpg")


def _check_names(device: Device, what: str, scene: Scene) -> None:
    _lay(device, scene)
    waited = device.wait_lit("seen", scene.card, 60)
    device.report.check(what, waited is not None, device.doing())
