"""What both programs need: their settings, today's date, and the table that they print."""

import os
from datetime import datetime, timedelta, timezone

BASE_URL = os.environ.get("KAPTURE_BASE_URL", "http://127.0.0.1:8080")
TOKEN = os.environ.get("KAPTURE_TOKEN", "secret")

# Kapture's days are calendar days of India.
TODAY = datetime.now(timezone(timedelta(hours=5, minutes=30))).date().isoformat()


def row(step: str, status: int, result: object) -> None:
    """Print a row, with booleans as the other languages print them."""
    text = str(result).lower() if isinstance(result, bool) else str(result)
    print(f"{step}\t{int(status)}\t{text}")
