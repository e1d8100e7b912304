"""The machine: QEMU, a root shell inside, and the view from outside."""

import re
import socket
import subprocess
import tarfile
import time
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Self

from . import qmp

BOOT_SECONDS = 240
SCREEN = (800, 480)


class GuestError(RuntimeError):
    """The machine or a command in it failed, so that the test can't continue."""


class Result(NamedTuple):
    """The exit code and the output of a command in the machine, errors included."""

    code: int
    output: str


class Vm:
    """A running machine. Its disk image is never changed, so that each start begins afresh.

    image.sh makes the folder `image`. Logs and sockets are written to `run`. The files in
    `payload` are unpacked to /root/payload in the machine.
    """

    def __init__(self, image: Path, run: Path, payload: Path) -> None:
        self._image = image
        self._run = run
        self._commands = 0
        run.mkdir(parents=True, exist_ok=True)
        for name in ("qmp.sock", "shell.sock", "console.log", "trace.log"):
            (run / name).unlink(missing_ok=True)
        with tarfile.open(run / "payload.tar", "w") as tar:
            tar.add(payload, "payload")
        self._qemu = subprocess.Popen(
            self._command(), stdin=subprocess.DEVNULL, cwd=run, start_new_session=True
        )
        try:
            self._shell = self._connect()
            self.run("tar -xf /dev/vdb -C /root")
        except BaseException:
            self.kill()
            raise

    def _command(self) -> list[str]:
        run, image = self._run, self._image
        drive = "if=none,format=raw"
        return [
            "qemu-system-aarch64",
            *("-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024"),
            *("-accel", "tcg,thread=multi"),
            *("-nodefaults", "-no-reboot", "-display", "none", "-msg", "timestamp=on"),
            *("-kernel", f"{image}/kernel/vmlinuz", "-initrd", f"{image}/initrd.gz"),
            "-append",
            "console=ttyAMA0 root=/dev/vda rw quiet mitigations=off "
            "vt.global_cursor_default=0 panic=-1",
            *("-drive", f"{drive},id=disk,snapshot=on,file={image}/root.ext4"),
            *("-device", "virtio-blk-pci,drive=disk"),
            *("-drive", f"{drive},id=payload,readonly=on,file={run}/payload.tar"),
            *("-device", "virtio-blk-pci,drive=payload"),
            *("-device", f"virtio-gpu-pci,id=gpu,max_outputs=2,xres={SCREEN[0]},yres={SCREEN[1]}"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial-pci"),
            *("-chardev", f"socket,id=shell,path={run}/shell.sock,server=on,wait=off"),
            *("-device", "virtserialport,chardev=shell,name=shell"),
            *("-qmp", f"unix:{run}/qmp.sock,server=on,wait=off"),
            *("-serial", f"file:{run}/console.log"),
            # Logs each change of a line of the board's own GPIO chip, with the time.
            *("-trace", "pl061_set_output", "-D", f"{run}/trace.log"),
        ]

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + BOOT_SECONDS
        shell = socket.socket(socket.AF_UNIX)
        shell.settimeout(0.5)
        answer, is_connected = b"", False
        while b"READY\n" not in answer:
            if self._qemu.poll() is not None:
                raise GuestError(f"qemu ended with status {self._qemu.returncode}")
            if time.monotonic() > deadline:
                raise GuestError(f"the shell did not answer for {BOOT_SECONDS} s; see {self._run}/console.log")
            try:
                if not is_connected:
                    shell.connect(f"{self._run}/shell.sock")
                    is_connected = True
                # Data that arrives before the shell has opened its port is dropped: repeat it.
                shell.sendall(b"echo READY\n")
                answer += shell.recv(65536)
            except OSError:
                time.sleep(0.2)
        return shell

    def shell(self, command: str, timeout_seconds: float = 60) -> Result:
        """Runs a command as root, with bash."""
        self._commands += 1
        end = re.compile(rb"@@%d (\d+)\n" % self._commands)
        self._shell.sendall(
            f'{{ {command}\n}} </dev/null 2>&1; echo "@@""{self._commands} $?"\n'.encode()
        )
        answer, deadline = b"", time.monotonic() + timeout_seconds
        while not (match := end.search(answer)):
            if time.monotonic() > deadline:
                raise GuestError(f"still running after {timeout_seconds} s: {command}")
            if self._qemu.poll() is not None:
                raise GuestError(f"the machine ended during: {command}")
            with suppress(TimeoutError):
                answer += self._shell.recv(65536)
        text = answer[: match.start()].decode(errors="replace").replace("READY\n", "")
        return Result(int(match[1]), text)

    def run(self, command: str, timeout_seconds: float = 60) -> str:
        """Runs a command that must not fail; returns its output."""
        code, output = self.shell(command, timeout_seconds)
        if code != 0:
            raise GuestError(f"exit code {code} of: {command}\n{output}")
        return output

    def photograph(self, path: Path, connector: int = 1) -> bytes:
        """Writes what a connector shows to a PPM file, and returns its contents."""
        what = {"filename": str(path), "device": "gpu", "head": connector - 1}
        qmp.execute(self._run / "qmp.sock", "screendump", **what)
        return path.read_bytes()

    def trace(self) -> str:
        """The log of all changes of the board's own GPIO lines so far."""
        return (self._run / "trace.log").read_text()

    def power_off(self) -> None:
        """Shuts the machine down in the regular way."""
        self._shell.sendall(b"systemctl poweroff\n")
        self._qemu.wait(90)

    def kill(self) -> None:
        """Ends the machine at once if it is running."""
        self._qemu.kill()
        self._qemu.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
