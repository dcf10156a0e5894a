"""The contract of the Kapture CRM API: an OpenAPI 3.0.3 description as data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["load", "path"]


def path(name: str = "kapture.json") -> Path:
    """Return the path of one of the files: kapture.json or kapture.yaml."""
    return Path(__file__).parent / name


def load(name: str = "kapture.json") -> dict[str, Any]:
    """Return the description as Python values. name is one of the JSON files."""
    description: dict[str, Any] = json.loads(path(name).read_text(encoding="utf-8"))
    return description
