"""Ids in the URL of a page: in its query, in a route after `#`, and, where a site says so, in its path."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, Self
from urllib.parse import unquote

import attrs

from admetrics.domain.errors import ConfigurationError
from admetrics.domain.events.integers import usable_id
from admetrics.domain.text import ASCII_SPACE

JOB_KEYS: Final = frozenset({"jobid", "job_id"})
PUBLISHER_KEYS: Final = frozenset({"publisherid", "publisher_id"})

_AMPERSAND: Final = re.compile("&#(?:0*38|[Xx]0*26);")
_BEFORE_ROUTES: Final = ("/", "!/")
_SPACE: Final = ASCII_SPACE + "+"
_SEGMENT: Final = re.compile(
    r"\*|[^{}*?#]+|(?:\*[^{}*?#]+|[^{}*?#]*)\{[^{}]*\}[^{}*?#]*|[^{}*?#]*\{[^{}]*\}[^{}*?#]+\*"
).fullmatch
"""One `*` at most, not next to an id: so that there is one way to read a path."""
_NAMES: Final = (["job_id"], ["job_id", "publisher_id"])


def ids_in_url(url: str, paths: "Sequence[JobPath]" = ()) -> tuple[int, int]:
    """Find job and publisher in the URL of a page.

    Args:
        url: any text.
        paths: the paths of the site's jobs; they are tried after all parameters.

    Returns:
        The first usable id of each, 0 where there is none.

    >>> ids_in_url("https://x.example/ad?utm_source=a&amp;jobId=7/?publisherId=3")
    (7, 3)
    >>> ids_in_url("https://x.example/en/#/job/7", [JobPath.parse("/job/{job_id}")])
    (7, 0)
    """
    address, _, fragment = (_AMPERSAND.sub("&", url) if "&#" in url else url).partition("#")
    pages = [address, fragment.partition("#")[0]] if fragment.startswith(_BEFORE_ROUTES) else [address]
    job = publisher = 0
    for page in pages:
        for name, value in _parameters(page.partition("?")[2]):
            if name in JOB_KEYS:
                job = job or _id(value)
            elif name in PUBLISHER_KEYS:
                publisher = publisher or _id(value)
    for path in paths if not (job and publisher) else ():
        for page in pages:
            found_job, found_publisher = path.ids_in(page)
            job, publisher = job or found_job, publisher or found_publisher
    return job, publisher


def _parameters(query: str) -> Iterator[tuple[str, str]]:
    """Split a query as sites write it: at `&`, `;` and `&amp;`, and at a `?` that should have been one of these.

    What follows a `?` in an address that is the value of another parameter belongs to that address.
    """
    for piece in query.replace(";", "&").split("&") if query else ():
        for pair in piece.split("?"):
            name, _, value = pair.partition("=")
            name = unquote(name).lower().removeprefix("amp;").partition("[")[0]
            yield name, value
            if name not in JOB_KEYS and name not in PUBLISHER_KEYS and "/" in unquote(value):
                break


def _id(value: str) -> int:
    return usable_id(unquote(value).lstrip(_SPACE).rstrip(_SPACE + "/"))


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
                f"{text!r} is no path of a job: write e.g. /job/{{job_id}}, /jobs/*-{{job_id}} or "
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
