"""A pytest plugin: a mock of the Kapture CRM API, with an empty world for each test.

    def test_adds_a_customer(kapture):
        add_customer(kapture.base_url, kapture.key, name="Asha Example")
        assert kapture.findings() == []

The report of a failed test shows what was wrong with its requests. With
``kapture_strict = true`` in the configuration, a test whose requests break the
contract fails.
"""

from __future__ import annotations

import uuid
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import pytest

from . import Mock


@dataclass(frozen=True)
class Kapture:
    """One world of the mock, for one test."""

    server: Mock
    world: str

    @property
    def base_url(self) -> str:
        """Where the mock listens, without a slash at the end."""
        return self.server.base_url

    @property
    def key(self) -> str:
        """The key of the world: what follows ``Basic `` in the Authorization header."""
        return "test-" + self.world

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a request: the key in Authorization."""
        return {"Authorization": "Basic " + self.key}

    def findings(self) -> list[dict[str, Any]]:
        """Return what was wrong with the requests of this test."""
        return self.server.findings(self.world)


_KAPTURE = pytest.StashKey[Kapture]()
_TITLE = "Kapture contract"
_COUNT = "kapture_findings"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("kapture_strict", "a request that breaks the contract fails its test", type="bool", default=False)
    parser.addini("kapture_args", "flags of kapture-conformance mock", type="args", default=[])


@pytest.fixture(scope="session")
def kapture_server(request: pytest.FixtureRequest) -> Generator[Mock, None, None]:
    """Serve the mock: one for each process of pytest."""
    with Mock(*request.config.getini("kapture_args")) as mock:
        yield mock


@pytest.fixture
def kapture(kapture_server: Mock, request: pytest.FixtureRequest) -> Kapture:
    """Return a world of the mock that no other test uses."""
    world = Kapture(kapture_server, uuid.uuid4().hex)
    request.node.stash[_KAPTURE] = world
    return world


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    world = item.stash.get(_KAPTURE, None)
    if world is None or report.when != "call":
        return report

    try:
        texts = [finding["text"] for finding in world.findings()]
    except OSError as error:
        # The mock has ended. An error raised here would end the whole session.
        heading = "the findings cannot be read"
        texts = [str(error)]
    else:
        heading = "requests break the contract"
        if not texts:
            return report
        report.user_properties.append((_COUNT, len(texts)))

    text = "\n".join(texts)
    if report.passed and item.config.getini("kapture_strict"):
        report.outcome = "failed"
        report.longrepr = f"{heading}:\n{text}"
    else:
        report.sections.append((_TITLE, text))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    # pytest does not show the sections of tests that passed, so say that there are findings.
    counts = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == _COUNT and report.when == "call"
    ]
    if counts:
        terminalreporter.section(_TITLE)
        terminalreporter.line(
            f"{_plural(sum(counts), 'finding')} in {_plural(len(counts), 'test')} that passed;"
            " such tests fail with kapture_strict = true"
        )


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
