"""What both programs need: the environment, the day, and the table that they print."""

import os
from datetime import datetime, timedelta, timezone

BASE_URL = os.environ.get("KAPTURE_BASE_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("KAPTURE_TOKEN", "secret")

# Kapture's days are those of India.
TODAY = datetime.now(timezone(timedelta(hours=5, minutes=30))).date().isoformat()


def row(step: str, status: int, text: object) -> None:
    print(f"{step}\t{int(status)}\t{text}")


def yes(holds: bool) -> str:
    """true or false, as the other languages print them."""
    return str(holds).lower()
