"""Records whose personal data can be recognized wherever it turns up."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime

from admetrics.domain.times import ticks_of
from admetrics.testing.strategies import uuid_at

MARK = "mark4711"


def marked_lines() -> Iterator[bytes]:
    """Good records and bad ones, marked wherever personal data may be."""
    now = ticks_of(datetime.now(UTC))
    for number in range(40):
        record = {
            "create_time": uuid_at(now, node=number),
            "custom_track": ["click", "impression", f"{MARK} {number}", "conversion"][number % 4],
            "job_id": [7, None][number % 2],
            "bid": 3,
            "uid": f"{MARK}-uid-{number}",
            "ua": f"Mozilla/5.0 {MARK}-ua",
            "dl": f"https://jobs.example/ad?jobId=8&token={MARK}-token&email={MARK}@example.org",
            "ed": json.dumps({"userId": {"name": f"{MARK}-name"}, "jobId": f"{MARK}-job"}),
            "rl": f"https://jobs.example/?q={MARK}-referrer",
            "utm_term": f"{MARK}-term",
        }
        yield json.dumps(record).encode()
        yield json.dumps({**record, "create_time": f"{MARK}-time", "ts": f"{MARK}-ts"}).encode()
        yield json.dumps({**record, "bid": f"{MARK}-bid"}).encode()
        yield json.dumps(record).encode()[:-3]
        yield json.dumps([f"{MARK}-array"]).encode()
