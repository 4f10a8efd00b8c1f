"""How the tracker of a simulation writes records: as real logs hold them, faults included."""

# ruff: noqa: PLR2004  (chances stand where they are thrown, and none of them guards a secret)

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any, Final

from admetrics.domain.events.rejection import Reason
from admetrics.domain.times import TICK_OF_EPOCH
from admetrics.simulation.market import Ad, Visitor

Columns = dict[str, Any]

_SECOND: Final = 1_000_000
_MINUTE: Final = 60 * _SECOND
_NODES: Final = ("ff3f08b10e4b", "27a1546c95dd", "77db4974390f")  # the three servers that give out the ids
_PAGE: Final = "https://careers.example.com/candidate-portal/job"
_RECRUITER: Final = "https://careers.example.com/recruiter/applications"
_DAMAGED: Final = 0.45
"""How much of column `ts` went through a spreadsheet that cut it to `mm:ss.s`."""

_IN_COLUMN, _IN_ED, _IN_URL, _NOWHERE = range(4)
_JOB_PLACES: Final[Mapping[str, tuple[float, float, float]]] = {
    "impression": (0.90, 0.94, 0.99),
    "click": (0.42, 0.80, 0.97),  # more than half of real clicks have a null job_id column
    "page_view": (0.20, 0.20, 0.95),
    "conversion": (0.60, 0.93, 0.98),
}
"""The chance that the job stands in the column, there or in `ed`, there or in `dl`; else nowhere."""
_USUAL_PLACES: Final = (0.55, 0.90, 0.97)

_EV: Final = {"page_view": 1, "alive": 4, "superpixel": 3, "": 3}
_NO_INTEGERS: Final = ("true", "1.5", '"abc"', '"1e3"', '"1_000"', '"1,2,3"', "[7]")
_NO_TIMES: Final = (None, "", "12:34.5", "1/14/2026 21:55", "2026-03-01", "2026-02-30 10:00:00", 1772359200)
_OUT_OF_RANGE: Final = (datetime(1998, 5, 17, 9, tzinfo=UTC), datetime(2106, 2, 7, 6, tzinfo=UTC))


class Tracker:
    """Writes events as lines of JSON.

    Args:
        random: the only source of chance.
    """

    def __init__(self, random: Random) -> None:
        self._random = random
        self._written = 0
        self._minute = -1
        self._minute_text = ""

    def write(self, name: str, microseconds: int, ad: Ad, visitor: Visitor) -> str:
        """Write one event, without line feed.

        Args:
            name: as the tracker names it; `page_view` and the empty name stand for an event without a name.
            microseconds: when it happened, since the Unix epoch.
            ad: what it is about.
            visitor: whose it is.
        """
        chance = self._random.random
        place = self._place(name)
        job_id = ad.job if place == _IN_COLUMN else "null"
        track = "null" if name in ("page_view", "") else f'"{name}"'
        ed = "null"
        if place == _IN_ED or (name not in ("impression", "page_view", "alive") and chance() < 0.5):
            ed, track = self._custom_event(name, track, ad, with_job=place != _NOWHERE)
        bid = ad.bid if ad.bid is not None and name in ("click", "impression", "redirect") else "null"
        paid = ad.campaign != 0
        return (
            f'{{"create_time":"{self._id(microseconds)}","bid":{bid},"bn":"{visitor.browser}",'
            f'"campaign_id":{ad.campaign or "null"},"cd":24,"custom_track":{track},"de":"UTF-8",'
            f'"dl":"{self._url(name, place, ad)}","dt":"CandidatePortal","ed":{ed},"ev":{_EV.get(name, 2)},'
            f'"group_id":{ad.group or "null"},"id":null,"job_id":{job_id},"md":"TRUE",'
            f'"publisher_id":{ad.publisher or "null"},"rl":null,"sr":"{visitor.screen}",'
            f'"ts":"{self._timestamp(microseconds)}","tz":{visitor.offset},"ua":"{visitor.agent}",'
            f'"uid":"{visitor.uid}","utm_campaign":{f"{chr(34)}c{ad.campaign}{chr(34)}" if paid else "null"},'
            f'"utm_content":null,"utm_medium":{_CPC if paid else "null"},'
            f'"utm_source":{f"{chr(34)}p{ad.publisher}{chr(34)}" if paid else "null"},"utm_term":null,"v":1,'
            f'"vp":"{visitor.viewport}"}}'
        )

    def _place(self, name: str) -> int:
        drawn = self._random.random()
        column, ed, url = _JOB_PLACES.get(name, _USUAL_PLACES)
        if drawn < column:
            return _IN_COLUMN
        if drawn < ed:
            return _IN_ED
        return _IN_URL if drawn < url else _NOWHERE

    def _custom_event(self, name: str, track: str, ad: Ad, *, with_job: bool) -> tuple[str, str]:
        """Return columns `ed` and `custom_track`: now and then the name stands in `ed` alone."""
        drawn = self._random.random()
        job = (f'"{ad.job}"' if drawn < 0.3 else str(ad.job)) if with_job else "null"
        publisher = f',"publisherId":"{ad.publisher}"' if ad.publisher else ""
        text = f'{{"customEvent":"{name}","jobId":{job}{publisher},"userId":{ad.job % 977}}}'
        if drawn > 0.9 and name:
            track = "null"
        if 0.3 < drawn < 0.45:  # some exports carry an object
            return text, track
        return '"' + text.replace('"', '\\"') + '"', track

    def _url(self, name: str, place: int, ad: Ad) -> str:
        if name in ("qualified", "unqualified", "disqualified", "interview_scheduled"):
            return f"{_RECRUITER}?job_id={ad.job}" if place == _IN_URL else _RECRUITER
        token = f"token={self._random.getrandbits(64):016x}"
        if place == _IN_URL:
            return f"{_PAGE}/{ad.job}?jobId={ad.job}&{token}"
        return f"{_PAGE}?{token}"

    def _id(self, microseconds: int) -> str:
        """Give out a version-1 UUID (RFC 9562, section 5.1); the sequence tells events of one moment apart."""
        self._written = number = self._written + 1
        ticks = microseconds * 10 + number % 10 + TICK_OF_EPOCH
        low, middle, high = ticks & 0xFFFFFFFF, ticks >> 32 & 0xFFFF, ticks >> 48
        return f"{low:08x}-{middle:04x}-1{high:03x}-{0x8000 | number & 0x3FFF:04x}-{_NODES[number % 3]}"

    def _timestamp(self, microseconds: int) -> str:
        minute, rest = divmod(microseconds, _MINUTE)
        if self._random.random() < _DAMAGED:
            return f"{minute % 60:02}:{rest // _SECOND:02}.{rest // 100_000 % 10}"
        if minute != self._minute:
            self._minute = minute
            self._minute_text = f"{datetime.fromtimestamp(minute * 60, UTC):%Y-%m-%d %H:%M:}"
        return f"{self._minute_text}{rest // _SECOND:02}"

    def vary(self, line: str) -> str:
        """Write a record in one of the other spellings that real logs have; it means the same."""
        columns = json.loads(line)
        spelling = self._random.randrange(5)
        if spelling == 0:
            columns["create_time"] = columns["create_time"].upper()
        elif spelling == 1:
            columns = {name: value for name, value in columns.items() if value is not None}
        elif spelling == 2:
            columns |= {name: str(columns[name]) for name in ("job_id", "publisher_id") if columns[name] is not None}
        elif spelling == 3:
            columns |= {name: float(columns[name]) for name in ("bid", "campaign_id") if columns[name] is not None}
        else:
            names = sorted(columns)
            self._random.shuffle(names)
            columns = {name: columns[name] for name in names}
        return _encode(columns)

    def spoil(self, line: str, reason: Reason) -> str:
        """Turn a good line into one that becomes a dead letter.

        Args:
            line: as `write` wrote it.
            reason: the class of the fault; any but `too_large` and `bad_message`.
        """
        return _FAULTS[reason](line, self._random)


_CPC: Final = '"cpc"'
_encode: Final = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def _torn(line: str, random: Random) -> str:
    return line[: random.randint(20, len(line) - 1)]


def _no_object(line: str, random: Random) -> str:
    return random.choice(('["alive",1]', '"ping"', "null", "42", f"[{line}]"))


def _wrong_type(line: str, random: Random) -> str:
    column = random.choice(("bid", "campaign_id", "ev", "group_id", "job_id", "publisher_id"))
    return _encode({**json.loads(line), column: json.loads(random.choice(_NO_INTEGERS))})


def _no_create_time(line: str, random: Random) -> str:
    return _encode({**json.loads(line), "create_time": random.choice((None, "", "  "))})


def _no_time(line: str, random: Random) -> str:
    damaged = {"create_time": f"evt-{random.getrandbits(40)}", "ts": random.choice(_NO_TIMES)}
    return _encode({**json.loads(line), **damaged})


def _time_out_of_range(line: str, random: Random) -> str:
    ticks = int(random.choice(_OUT_OF_RANGE).timestamp()) * 10_000_000 + random.getrandbits(40) + TICK_OF_EPOCH
    own_id = f"{ticks & 0xFFFFFFFF:08x}-{ticks >> 32 & 0xFFFF:04x}-1{ticks >> 48:03x}-8000-{_NODES[0]}"
    return _encode({**json.loads(line), "create_time": own_id})


def _bad_bid(line: str, random: Random) -> str:
    columns: Columns = json.loads(line)
    return _encode({**columns, "custom_track": "click", "bid": random.choice((-1, -500, 2**31, 10**12))})


_FAULTS: Final[Mapping[Reason, Callable[[str, Random], str]]] = {
    Reason.NOT_JSON: _torn,
    Reason.NOT_AN_OBJECT: _no_object,
    Reason.WRONG_TYPE: _wrong_type,
    Reason.NO_CREATE_TIME: _no_create_time,
    Reason.NO_TIME: _no_time,
    Reason.TIME_OUT_OF_RANGE: _time_out_of_range,
    Reason.BAD_BID: _bad_bid,
}
FAULTS: Final = tuple(_FAULTS)
"""Every class of dead letters that a record can be, but those that are too large."""
