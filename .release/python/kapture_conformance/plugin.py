"""For pytest: a mock of the Kapture CRM API, and an empty world of it for each test.

    def test_adds_a_customer(kapture):
        add_customer(kapture.base_url, kapture.key, name="Asha Example")
        assert kapture.findings() == []

A test that fails shows what was wrong with its requests. With ``kapture_strict =
true`` in the configuration, a test whose requests break the contract fails.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Generator

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
        """The key of the world: what follows ``Basic `` in Authorization."""
        return "test-" + self.world

    @property
    def headers(self) -> dict[str, str]:
        """The header with the key."""
        return {"Authorization": "Basic " + self.key}

    def findings(self) -> list[dict[str, Any]]:
        """What was wrong with the requests of this test."""
        return self.server.findings(self.world)


_KAPTURE = pytest.StashKey[Kapture]()
_TITLE = "Kapture contract"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("kapture_strict", "a request that breaks the contract fails its test", type="bool", default=False)
    parser.addini("kapture_args", "further flags of kapture-conformance mock", type="args", default=[])


@pytest.fixture(scope="session")
def kapture_server(request: pytest.FixtureRequest) -> Generator[Mock, None, None]:
    """The mock: one for each process of pytest."""
    with Mock(*request.config.getini("kapture_args")) as mock:
        yield mock


@pytest.fixture
def kapture(kapture_server: Mock, request: pytest.FixtureRequest) -> Kapture:
    """A world of the mock that no other test uses."""
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

    found = [finding["text"] for finding in world.findings()]
    if not found:
        return report
    report.user_properties.append(("kapture_findings", len(found)))
    if report.passed and item.config.getini("kapture_strict"):
        report.outcome = "failed"
        report.longrepr = "requests break the contract:\n" + "\n".join(found)
    else:
        report.sections.append((_TITLE, "\n".join(found)))
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:
    # Findings of tests that pass are not shown: say that there are some.
    counts = [
        value
        for report in terminalreporter.getreports("passed")
        for name, value in report.user_properties
        if name == "kapture_findings" and report.when == "call"
    ]
    if counts:
        terminalreporter.section(_TITLE)
        terminalreporter.line(
            "%d findings in %d tests that passed; with kapture_strict = true they fail" % (sum(counts), len(counts))
        )
