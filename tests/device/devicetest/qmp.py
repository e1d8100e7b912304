"""QEMU's control protocol QMP: one line of JSON in each direction."""

import json
import socket
from pathlib import Path
from typing import Any


class QmpError(RuntimeError):
    """QEMU refused a command."""


def execute(path: Path, command: str, **arguments: Any) -> Any:
    """Runs one command in the QEMU behind a socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        with connection.makefile("rw") as stream:
            stream.readline()  # the greeting
            _ask(stream, {"execute": "qmp_capabilities"})
            return _ask(stream, {"execute": command, "arguments": arguments})


def _ask(stream: Any, message: dict[str, Any]) -> Any:
    stream.write(json.dumps(message) + "\n")
    stream.flush()
    while True:
        answer = json.loads(stream.readline())
        if "return" in answer:
            return answer["return"]
        if "error" in answer:
            raise QmpError(f"{message['execute']}: {answer['error']['desc']}")
        # All other messages are events, which are ignored.
