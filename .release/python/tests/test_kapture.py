"""Tests as a user writes them. One fails on purpose: its report must show what was wrong with its requests."""

from __future__ import annotations

import json
import shutil
import urllib.request

import pytest

from kapture_conformance import Mock

ADD = "/ms/customer/customer/api/v1/add-update"
GET = "/search-customer-by-customer-id.html"
ASHA = {"customer_name": "Asha Example", "phone": "9000000001"}


def post(kapture, path, body, key=None):
    request = urllib.request.Request(
        kapture.base_url + path,
        data=json.dumps(body).encode(),
        headers={"Authorization": "Basic " + (key or kapture.key), "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def test_a_request_that_conforms(kapture):
    added = post(kapture, ADD, {"customer_info": ASHA})
    assert added["status"] == "success"
    assert kapture.findings() == []


def test_each_test_has_an_empty_world(kapture):
    found = post(kapture, GET, [{"phone": ASHA["phone"]}])
    assert found["status"] == "failed"
    assert kapture.headers == {"Authorization": "Basic " + kapture.key}
    assert "Auth" in json.dumps(post(kapture, GET, [{"phone": "1"}], key=kapture.key + "-expired"))


def test_a_request_that_breaks_the_contract_and_is_not_noticed(kapture):
    post(kapture, ADD, {"customer_info": {**ASHA, "phone": 9000000002}})
    assert [finding["pointer"] for finding in kapture.findings()] == ["/customer_info/phone"]


def test_a_program_that_is_not_the_mock(monkeypatch):
    monkeypatch.setenv("KAPTURE_CONFORMANCE", shutil.which("echo"))
    with pytest.raises(RuntimeError, match="the mock did not start: its first line is not JSON: mock --addr"):
        Mock()


def test_whose_findings_cannot_be_read(kapture, monkeypatch):
    monkeypatch.setattr(kapture.server, "base_url", "http://127.0.0.1:1")


def test_that_fails_on_purpose(kapture):
    post(kapture, ADD, {"customer_info": {**ASHA, "phone": 9000000003}})
    pytest.fail("on purpose")
