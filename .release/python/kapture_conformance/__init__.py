"""A mock of the Kapture CRM API for tests, and the program that serves it.

    with Mock() as mock:
        send_something(mock.base_url, key=mock.key("acme"))
        assert mock.findings("acme") == []

With pytest, use the fixture ``kapture``; see kapture_conformance.plugin.
"""

from __future__ import annotations

import collections
import json
import os
import re
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
import uuid
from pathlib import Path
from typing import Any

__all__ = ["Mock", "main", "program"]


def program() -> str:
    """Return the path of the program: the environment variable KAPTURE_CONFORMANCE, or the program in this package."""
    name = "kapture-conformance.exe" if os.name == "nt" else "kapture-conformance"
    return os.environ.get("KAPTURE_CONFORMANCE") or str(Path(__file__).parent / "bin" / name)


def main() -> None:
    """Run the command kapture-conformance."""
    command = [program(), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


class Mock:
    """An embedded Kapture on a free port, which checks every request that it receives.

    args are flags of ``kapture-conformance mock``, such as ``"--fault",
    "getCustomer=too-many-requests:2"``. With check=False, the mock responds without
    checking. It ends with this process, even if the process is killed.
    """

    def __init__(self, *args: str, check: bool = True, timeout: float = 30) -> None:
        command = [program(), "mock", "--addr", "127.0.0.1:0", "--ready-file", "-", "--exit-with-stdin"]
        if check:
            command.append("--check")
        self._process = subprocess.Popen(
            [*command, *args],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
        )
        self._log: collections.deque[str] = collections.deque(maxlen=200)
        self._log_reader = threading.Thread(target=self._read_log, daemon=True)
        self._log_reader.start()
        self.base_url = self._wait_until_ready(timeout)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._log.append(line.rstrip("\n"))

    def _wait_until_ready(self, timeout: float) -> str:
        assert self._process.stdout is not None
        watchdog = threading.Timer(timeout, self._process.kill)
        watchdog.start()
        line = self._process.stdout.readline()
        watchdog.cancel()
        if not line:
            self.stop()
            raise RuntimeError(f"the mock did not start: {self.log or 'no output'}")

        try:
            url: str = json.loads(line)["url"]
        except ValueError as error:
            self.stop()
            raise RuntimeError(f"the mock did not start: its first line is not JSON: {line.strip()}") from error
        return url

    @property
    def log(self) -> str:
        """The last lines that the mock wrote to standard error."""
        return "\n".join(self._log)

    @staticmethod
    def key(world: str = "") -> str:
        """Return the key of a world: what follows ``Basic `` in the Authorization header.

        A world starts empty. Without a name, the key is that of a new world.
        """
        return "test-" + (re.sub(r"[^A-Za-z0-9_.]", "_", world)[:64] or uuid.uuid4().hex)

    def findings(self, world: str | None = None) -> list[dict[str, Any]]:
        """Return what was wrong with the requests of a world, or of all worlds.

        Each finding has a ``text`` that says everything, and the fields of a finding
        in the JSON report: code, operation, pointer, expected, actual, location,
        reference.
        """
        query = "" if world is None else "?" + urllib.parse.urlencode({"world": world})
        # A proxy that the environment names could not reach the mock on this machine.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.base_url + "/__conformance/findings" + query, timeout=30) as response:
            found: list[dict[str, Any]] = json.load(response)["findings"]
        return found

    def stop(self) -> None:
        """End the mock."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log_reader.join(5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Mock:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
