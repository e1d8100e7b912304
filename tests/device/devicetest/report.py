"""Prints one line for each check, and counts them."""

import time


class Report:
    """Counts the checks that passed and that failed."""

    def __init__(self) -> None:
        self.passed = 0
        self.failed = 0
        self._started = time.monotonic()

    def check(self, name: str, ok: bool, detail: str = "") -> bool:
        """Prints the result of a check, with `detail` in the same line."""
        self.passed += ok
        self.failed += not ok
        detail = " | ".join(line.strip() for line in detail.splitlines() if line.strip())
        print("ok  " if ok else "FAIL", f"{name}: {detail}" if detail else name, flush=True)
        return ok

    def note(self, text: str) -> None:
        """Prints what is being done, with the time since the start."""
        print(f"---- [{time.monotonic() - self._started:4.0f} s] {text}", flush=True)

    def summary(self) -> str:
        return f"{self.passed} passed, {self.failed} failed"
