"""Ids in the URL of a page: in its query, in a route after `#`, and, where a site says so, in its path."""

import re
import reprlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, Self
from urllib.parse import unquote

import attrs

from admetrics.domain.errors import ConfigurationError
from admetrics.domain.events.integers import usable_id
from admetrics.domain.text import ASCII_SPACE

JOB_KEYS: Final = frozenset({"jobid", "job_id"})
PUBLISHER_KEYS: Final = frozenset({"publisherid", "publisher_id"})

_LONG: Final = 100  # characters: longer names are not remembered, which would take much memory

_AMPERSAND: Final = re.compile("&#(?:0*38|[Xx]0*26);")
_BEFORE_ROUTES: Final = ("/", "!/")
_SPACE: Final = ASCII_SPACE + "+"
_SPACE_AND_SLASH: Final = _SPACE + "/"
_PLAIN_DIGITS: Final = 9  # every number of so many digits is an id, or 0
_SEGMENT: Final = re.compile(
    r"\*|[^{}*?#]+|(?:\*[^{}*?#]+|[^{}*?#]*)\{[^{}]*\}[^{}*?#]*|[^{}*?#]*\{[^{}]*\}[^{}*?#]+\*"
).fullmatch
"""One `*` at most, not next to an id: so that there is one way to read a path."""
_NAMES: Final = (["job_id"], ["job_id", "publisher_id"])


def ids_in_url(url: str, paths: "Sequence[JobPath]" = (), *, job: int = 0, publisher: int = 0) -> tuple[int, int]:
    """Find job and publisher in the URL of a page.

    Args:
        url: any text.
        paths: the paths of the site's jobs; they are tried after all parameters.
        job: the job, if it is known; it stays.
        publisher: the publisher, likewise.

    Returns:
        The first usable id of each, 0 where there is none.

    >>> ids_in_url("https://x.example/ad?utm_source=a&amp;jobId=7/?publisherId=3")
    (7, 3)
    >>> ids_in_url("https://x.example/en/#/job/7", [JobPath.parse("/job/{job_id}")])
    (7, 0)
    """
    if job and not paths and "%" not in url and "publisher" not in url.lower():
        return job, publisher  # as nearly always where the job is known
    address, _, fragment = (_AMPERSAND.sub("&", url) if "&#" in url else url).partition("#")
    pages = [address]
    if fragment and fragment.startswith(_BEFORE_ROUTES):
        pages.append(fragment.partition("#")[0])
    for page in pages:
        for parameter in _parameters(page.partition("?")[2]):
            name, _, value = parameter.partition("=")
            key = _key(name)
            if key is JOB_KEYS:
                job = job or _id(value)
            elif key is PUBLISHER_KEYS:
                publisher = publisher or _id(value)
            if job and publisher:
                return job, publisher
    for path in paths if not (job and publisher) else ():
        for page in pages:
            found_job, found_publisher = path.ids_in(page)
            job, publisher = job or found_job, publisher or found_publisher
    return job, publisher


def _parameters(query: str) -> Iterable[str]:
    """Split a query as sites write it: at `&`, `;` and `&amp;`, and at a `?` that should have been one of these."""
    parameters = (query.replace(";", "&") if ";" in query else query).split("&")
    return chain.from_iterable(map(_between_question_marks, parameters)) if "?" in query else parameters


def _between_question_marks(parameter: str) -> Iterator[str]:
    """Split at `?`; what follows one in an address that is the value of another parameter belongs to that address."""
    for each in parameter.split("?"):
        yield each
        name, _, value = each.partition("=")
        if _key(name) is None and "/" in unquote(value):
            break


def _key(name: str) -> frozenset[str] | None:
    return _key_of(name) if len(name) <= _LONG else _key_of.__wrapped__(name)


@lru_cache(maxsize=4096)  # a handful of names makes up nearly all queries
def _key_of(name: str) -> frozenset[str] | None:
    """Return the keys that the name of a parameter belongs to: in any case, also as `jobId[]`, or after `&amp;`."""
    name = unquote(name).lower().removeprefix("amp;").partition("[")[0]
    return next((keys for keys in (JOB_KEYS, PUBLISHER_KEYS) if name in keys), None)


def _id(value: str) -> int:
    if len(value) <= _PLAIN_DIGITS and value.isascii() and value.isdigit():
        return int(value)  # what nearly all links have, in a tenth of the time
    return usable_id(unquote(value).lstrip(_SPACE).rstrip(_SPACE_AND_SLASH))


@attrs.frozen
class JobPath:
    """The path of a site's jobs, e.g. `/job/{job_id}`."""

    _match: Callable[[str], re.Match[str] | None]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read the path of a job.

        Args:
            text: segments, with `{job_id}` in one of them and at most one `{publisher_id}`. `*` is any segment, or
                anything before or after an id in its segment, next to a character that limits it: `/jobs/*-{job_id}`.

        Raises:
            ConfigurationError: it is none.
        """
        segments = text.strip("/").lower().split("/")
        names = sorted(re.findall(r"\{([^{}]*)\}", text.lower()))
        if not text.startswith("/") or not all(map(_SEGMENT, segments)) or names not in _NAMES:
            message = (
                f"{reprlib.repr(text)} is no path of a job: write e.g. /job/{{job_id}}, /jobs/*-{{job_id}} or "
                "/*/{publisher_id}/job/{job_id}, with {job_id} once"
            )
            raise ConfigurationError(message)
        pattern = re.escape("/".join(segments)).replace(r"\*", "[^/]*")
        for name in names:
            pattern = pattern.replace(rf"\{{{name}\}}", f"(?P<{name}>[0-9]{{1,19}})")
        return cls(re.compile(pattern).fullmatch)

    def ids_in(self, page: str) -> tuple[int, int]:
        """Return job and publisher of a page, 0 and 0 if it has another path; case and outer slashes do not matter."""
        head = page.partition("?")[0].removeprefix("!")
        _, host, rest = head.partition("//")
        path = rest.partition("/")[2] if host else head
        match = self._match(unquote(path).strip("/").lower())
        found = {} if match is None else match.groupdict()
        return usable_id(found.get("job_id")), usable_id(found.get("publisher_id"))
