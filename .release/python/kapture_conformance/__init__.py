"""A mock of the Kapture CRM API for tests, and the program that it comes from.

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
    """The path of the program. The variable KAPTURE_CONFORMANCE names another."""
    name = "kapture-conformance.exe" if os.name == "nt" else "kapture-conformance"
    return os.environ.get("KAPTURE_CONFORMANCE") or str(Path(__file__).parent / "bin" / name)


def main() -> None:
    """The command kapture-conformance."""
    command = [program(), *sys.argv[1:]]
    if os.name == "nt":
        sys.exit(subprocess.call(command))
    os.execv(command[0], command)


class Mock:
    """An embedded Kapture on a free port, which checks every request that it gets.

    args are further flags of ``kapture-conformance mock``, such as
    ``"--fault", "getCustomer=too-many-requests:2"``. With check=False it only
    responds. The mock ends with this process, also when the process is killed.
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
        self._said: collections.deque[str] = collections.deque(maxlen=200)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.base_url = self._wait_until_ready(timeout)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line.rstrip("\n"))

    def _wait_until_ready(self, timeout: float) -> str:
        assert self._process.stdout is not None
        late = threading.Timer(timeout, self._process.kill)
        late.start()
        line = self._process.stdout.readline()
        late.cancel()
        if not line:
            self.stop()
            raise RuntimeError("the mock did not start: %s" % (self.log or "no output"))
        url: str = json.loads(line)["url"]
        return url

    @property
    def log(self) -> str:
        """The last lines that the mock printed for people."""
        return "\n".join(self._said)

    @staticmethod
    def key(world: str = "") -> str:
        """The key of a world, which starts empty: what follows ``Basic `` in Authorization.

        Without a name it is a world that nobody else uses.
        """
        return "test-" + (re.sub(r"[^A-Za-z0-9_.]", "_", world)[:64] or uuid.uuid4().hex)

    def findings(self, world: str | None = None) -> list[dict[str, Any]]:
        """What was wrong with the requests of a world, or of all of them.

        Each finding has a ``text`` to show, and the fields of a finding in the
        JSON report: code, operation, pointer, expected, actual, location,
        reference.
        """
        query = "" if world is None else "?" + urllib.parse.urlencode({"world": world})
        # No proxy of the environment: the mock is on this machine.
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
        self._listener.join(5)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()

    def __enter__(self) -> Mock:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
