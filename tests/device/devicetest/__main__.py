"""Boots the device, runs the checks on it, and prints how many passed."""

import argparse
import fcntl
import re
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
    parser.add_argument("--draw-scene", type=Path, required=True, help="the program draw_scene")
    parser.add_argument("--package", type=Path, required=True, help="arm64 .deb to test")
    parser.add_argument(
        "--only",
        default=",".join(GROUPS),
        help="groups of checks, separated by commas; install always runs: %(default)s",
    )
    parser.add_argument("--stay", action="store_true", help="open a shell in the device at the end")
    chosen = parser.parse_args()
    unknown = set(chosen.only.split(",")) - GROUPS.keys()
    if unknown:
        parser.error(f"unknown groups: {', '.join(sorted(unknown))}")
    return chosen


def next_version(package: Path, out: Path) -> None:
    """Writes the same package with a higher version, like that of the next release."""
    with tempfile.TemporaryDirectory() as folder:
        unpack(package, folder)
        change(Path(folder, "DEBIAN/control"), r"^(Version: .*)$", r"\1+next")
        pack(folder, out)


def old_version(package: Path, out: Path) -> None:
    """Writes the package as it was up to 0.1.0, whose configuration is named edge.toml."""
    with tempfile.TemporaryDirectory() as folder:
        unpack(package, folder)
        debian, config = Path(folder, "DEBIAN"), Path(folder, "etc/cardsight/cardsight.toml")
        config.rename(config.with_name("edge.toml"))
        change(debian / "control", r"^Version: .*$", "Version: 0.1.0-1+git20260101.000000.0000000")
        unit = Path(folder, "usr/lib/systemd/system/cardsight.service")
        for file in (debian / "conffiles", unit):
            change(file, r"etc/cardsight/cardsight\.toml", "etc/cardsight/edge.toml")
        (debian / "preinst").unlink()
        for script in ("postinst", "postrm"):
            change(debian / script, r"^dpkg-maintscript-helper .*\\\n.*$", "")
        pack(folder, out)


def unpack(package: Path, folder: str) -> None:
    subprocess.run(["dpkg-deb", "-R", package, folder], check=True)


def change(file: Path, pattern: str, replacement: str) -> None:
    """Replaces a pattern in a file; it must occur."""
    text, count = re.subn(pattern, replacement, file.read_text(), flags=re.M)
    if count == 0:
        raise ValueError(f"{file.name} does not contain {pattern}")
    file.write_text(text)


def pack(folder: str, out: Path) -> None:
    command = ["dpkg-deb", "--root-owner-group", "-b", "-Zgzip", "-z1", folder, str(out)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def repair(device: Device) -> None:
    """Restores what a failed group may have left changed."""
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
            report.check(f"{name}: the group was completed", False, str(error))
        if report.failed > failed_before:
            keep_log(device, name)
            if name not in ("purge", "rename"):
                repair(device)


def keep_log(device: Device, name: str) -> None:
    """Writes the device's complete log beside the photographs of the screen."""
    log = device.vm.shell("journalctl -o short-monotonic --no-pager").output
    (device.screens.parent / f"journal-{name}.log").write_text(log)


def serve_shell(vm: Vm) -> None:
    """Lets a person run commands in the device, one on each line, until the input ends."""
    print("A root shell in the device, one command on each line; Ctrl-D ends it.", flush=True)
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
    old_version(chosen.package, payload / "cardsight-old.deb")
    # Only one machine can run at a time, because it has one set of files.
    lock = (products / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"another device test is running in {products}", file=sys.stderr)
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
