"""QEMU's own language: a line of JSON each way."""

import json
import socket
from pathlib import Path
from typing import Any


class QmpError(RuntimeError):
    """QEMU refused a command."""


def execute(path: Path, command: str, **arguments: Any) -> Any:
    """Has the QEMU behind a socket do one thing."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(str(path))
        with connection.makefile("rw") as stream:
            stream.readline()  # its greeting
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
        # Anything else is an event that nobody asked for.
