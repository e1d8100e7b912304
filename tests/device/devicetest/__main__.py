"""Boots the device, runs the checks on it, and says how many passed."""

import argparse
import fcntl
import subprocess
import sys
import tempfile
from pathlib import Path

from . import scenes
from .checks import GROUPS
from .device import Device
from .report import Report
from .vm import GuestError, Vm

HERE = Path(__file__).parent


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devicetest", description=__doc__)
    parser.add_argument("--products", type=Path, required=True, help="folder of image/ and logs")
    parser.add_argument("--draw-scene", type=Path, required=True, help="the example program")
    parser.add_argument("--package", type=Path, required=True, help="arm64 .deb to test")
    parser.add_argument(
        "--only",
        default=",".join(GROUPS),
        help="groups of checks, separated by commas; install always runs: %(default)s",
    )
    parser.add_argument("--stay", action="store_true", help="a shell in the device at the end")
    chosen = parser.parse_args()
    unknown = set(chosen.only.split(",")) - GROUPS.keys()
    if unknown:
        parser.error(f"no such group: {', '.join(sorted(unknown))}")
    return chosen


def next_version(package: Path, out: Path) -> None:
    """The same package with a higher version, as the next release would have."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["dpkg-deb", "-R", package, folder], check=True)
        control = Path(folder, "DEBIAN/control")
        lines = control.read_text().splitlines(keepends=True)
        higher = [
            line.rstrip() + "+next\n" if line.startswith("Version:") else line for line in lines
        ]
        control.write_text("".join(higher))
        command = ["dpkg-deb", "--root-owner-group", "-b", "-Zgzip", "-z1", folder, str(out)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def heal(device: Device) -> None:
    """Gives the device back what a failed group may have left undone."""
    device.vm.shell("rm -rf /etc/systemd/system/cardsight.service.d; systemctl daemon-reload")
    device.vm.shell("gpiosim up; camera up")
    device.configure()
    device.vm.shell("systemctl restart cardsight", 120)


def run_groups(device: Device, chosen: list[str]) -> None:
    report = device.report
    for name, group in GROUPS.items():
        if name not in ("install", *chosen):
            continue
        report.note(name)
        failed_before = report.failed
        try:
            group(device)
        except GuestError as error:
            report.check(f"{name}: ran to its end", False, str(error))
        if report.failed > failed_before:
            keep_log(device, name)
            heal(device)


def keep_log(device: Device, name: str) -> None:
    """Leaves the device's whole log beside the screens' images."""
    log = device.vm.shell("journalctl -o short-monotonic --no-pager").output
    (device.screens.parent / f"journal-{name}.log").write_text(log)


def serve_shell(vm: Vm) -> None:
    """Lets a person run commands in the device, a line each, until the input ends."""
    print("A root shell in the device, a command a line; Ctrl-D ends it.", flush=True)
    for line in sys.stdin:
        try:
            code, output = vm.shell(line.strip(), 600)
            print(output, end="" if output.endswith("\n") else "\n")
            print(f"[status {code}]", flush=True)
        except GuestError as error:
            print(error, flush=True)


def main() -> int:
    chosen = arguments()
    report = Report()
    products = chosen.products.resolve()
    payload = products / "payload"
    payload.mkdir(parents=True, exist_ok=True)
    scenes.draw(chosen.draw_scene.resolve(), payload)
    (payload / "cardsight.deb").write_bytes(chosen.package.read_bytes())
    next_version(chosen.package, payload / "cardsight-next.deb")
    # One machine at a time: it has one set of files.
    lock = (products / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"another device test runs in {products}", file=sys.stderr)
        return 1
    for old in products.glob("journal-*.log"):
        old.unlink()
    report.note("boot")
    with Vm(products / "image", products / "run", payload) as vm:
        device = Device(vm, report, HERE.parent / "cardsight.toml", products / "screens")
        state = vm.shell("systemctl is-system-running --wait", 120).output.strip()
        report.check("the device boots", state == "running", state)
        run_groups(device, chosen.only.split(","))
        if chosen.stay:
            serve_shell(vm)
        vm.power_off()
    report.note("powered off")
    print(report.summary())
    return 1 if report.failed else 0


sys.exit(main())
