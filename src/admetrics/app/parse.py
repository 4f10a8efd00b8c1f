"""The parser: how a raw line becomes an event, alike for every service that reads lines."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import attrs

from admetrics.domain.events.classify import classify
from admetrics.domain.events.click_flags import NO_FLAGS, ClickFlagger
from admetrics.domain.events.event import Event
from admetrics.domain.events.page_url import JobPath
from admetrics.domain.events.redaction import Redaction
from admetrics.domain.events.rejection import Rejection
from admetrics.domain.times import TimeLimits
from admetrics.ports.decoder import Decoder

ReadLine = Callable[[bytes], Event | Rejection]
"""Makes an event of a line, or says why not."""


@attrs.frozen(kw_only=True)
class LineParser:
    """How lines are read.

    Args:
        decode: reads the record of a line.
        limits_at: computes from the current time which times events may have.
        flagger: what is noted of clicks.
        redaction: what is cut out of URLs.
        job_paths: the paths of the site's jobs.
    """

    decode: Decoder
    limits_at: Callable[[datetime], TimeLimits]
    flagger: ClickFlagger = NO_FLAGS
    redaction: Redaction = Redaction.OFF
    job_paths: Sequence[JobPath] = ()

    def at(self, now: datetime) -> ReadLine:
        """Return what reads lines at some time."""
        decode = self.decode
        judge = partial(
            classify,
            limits=self.limits_at(now),
            flagger=self.flagger,
            redaction=self.redaction,
            job_paths=self.job_paths,
        )

        def read(line: bytes) -> Event | Rejection:
            record = decode(line)
            return record if isinstance(record, Rejection) else judge(record)

        return read
