"""Starts a mock, prints its address, and waits to be killed."""

import time

from kapture_conformance import Mock

mock = Mock()
print(mock.base_url, flush=True)
time.sleep(60)
