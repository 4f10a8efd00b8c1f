"""The app: what is answered to which request. It only reads, and trusts nothing that is sent to it."""

import logging
import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Final
from zoneinfo import ZoneInfo

import attrs
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from admetrics.domain.errors import AdmetricsError, ConfigurationError
from admetrics.domain.reporting.query import ReportPage, ReportQuery
from admetrics.interfaces.html.live import LiveView
from admetrics.interfaces.web.table import breakdown_csv

_log: Final = logging.getLogger("admetrics.serve")
_LARGE: Final = 1000
_KEPT_FOR_EVER: Final = "public, max-age=31536000, immutable"
_MOST_ANSWERS: Final = 32
_HOST_AND_PORT: Final = re.compile(r"(\[[0-9a-f:.]*+\]|[^:\[\]]*+)(?::[0-9]{1,5})?", re.ASCII | re.IGNORECASE).fullmatch
_SHORT_LOOPBACK: Final = re.compile(r"127(?:\.[0-9]{1,8}){1,2}", re.ASCII).fullmatch
"""Of `127.1` and `127.0.1`, which stand for 127.0.0.1."""

_HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",  # figures do not stay on a shared machine
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every response has, unless it says something else itself."""


@attrs.frozen(kw_only=True)
class Figures:
    """What the app shows.

    Args:
        answer: answers a question.
        version: changes when an answer may; asked with every request.
        view: makes the page.
        zone: the time zone of days, and of times that name none.
    """

    answer: Callable[[ReportQuery], ReportPage]
    version: Callable[[], str]
    view: LiveView
    zone: ZoneInfo


def live_app(figures: Figures, *, local: bool = False) -> ASGIApp:
    """Make the app.

    Args:
        figures: what it shows.
        local: whether only this machine reaches it. Then it refuses what is asked under other names: a page of
            somebody else, whose name was made to lead to this machine (DNS rebinding), asks under its own.
    """
    site = _Site(figures)
    return Starlette(
        routes=[
            Route("/", site.page),
            Route("/figures.csv", site.table),
            Route("/assets/{name}", site.asset),
        ],
        middleware=[
            Middleware(_OwnHeaders),
            *([Middleware(_OwnHosts)] if local else []),
            Middleware(GZipMiddleware, minimum_size=_LARGE),
        ],
        exception_handlers={HTTPException: _refused, AdmetricsError: _out_of_order},
    )


class _Site:
    """The endpoints; they are plain functions, which Starlette runs in threads."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._answers = _Answers(figures)

    def page(self, request: Request) -> Response:
        question = self._question(request)
        version = self._figures.version()
        tag = {"ETag": f'"{version}"'}
        if request.headers.get("If-None-Match") == tag["ETag"]:
            return Response(status_code=304, headers=tag)
        answer = self._answers.of(question, version)
        nonce = secrets.token_urlsafe(16)
        headers = {"ETag": f'"{answer.version}"', "Content-Security-Policy": _policy(nonce)}
        return Response(self._figures.view.page(answer, nonce), media_type="text/html", headers=headers)

    def table(self, request: Request) -> Response:
        question = self._question(request)
        answer = self._answers.of(question, self._figures.version())
        start, end = (f"{each:%Y%m%dT%H}" for each in (answer.report.period.start, answer.report.period.end))
        name = f"{question.by}-{start}-{end}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(breakdown_csv(answer.report), media_type="text/csv", headers=headers)

    def asset(self, request: Request) -> Response:
        asset = self._figures.view.assets.get(request.path_params["name"])
        if asset is None:
            raise HTTPException(404)
        return Response(asset.content, media_type=asset.media_type, headers={"Cache-Control": _KEPT_FOR_EVER})

    def _question(self, request: Request) -> ReportQuery:
        try:
            return ReportQuery.read(request.query_params.multi_items(), zone=self._figures.zone)
        except ConfigurationError as error:
            raise HTTPException(400, str(error)) from error


class _Answers:
    """The newest answers: many browsers that show the same are one query. They come one at a time, not all at once."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures
        self._turn = threading.Lock()
        self._kept: OrderedDict[str, ReportPage] = OrderedDict()

    def of(self, question: ReportQuery, version: str) -> ReportPage:
        """Answer a question, at least as of a version."""
        key = question.query()
        with self._turn:
            answer = self._kept.pop(key, None)
            if answer is None or answer.version != version:
                answer = self._figures.answer(question)
            self._kept[key] = answer
            if len(self._kept) > _MOST_ANSWERS:
                self._kept.popitem(last=False)
            return answer


def _policy(nonce: str) -> str:
    """Allow the page's own scripts, style sheets and requests, and nothing else (Content Security Policy, level 3)."""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise TypeError(error)
    said = {404: "there is nothing here: the figures are at /", 405: "figures can be read, and nothing else"}
    return _line(error.status_code, said.get(error.status_code, error.detail), error.headers)


def _out_of_order(_request: Request, error: Exception) -> Response:
    _log.warning("the live page could not be shown: %s", error)
    return _line(503, str(error))


def _line(status: int, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{text}\n", status_code=status, headers=headers)


class _OwnHeaders:
    """Gives every response the headers that it lacks."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                there = {name.lower() for name, _ in message["headers"]}
                missing = ((name.lower().encode(), value.encode()) for name, value in _HEADERS.items())
                message["headers"] = [*message["headers"], *(each for each in missing if each[0] not in there)]
            await send(message)

        await self._app(scope, receive, complete)


class _OwnHosts:
    """Refuses requests that are made under a name of somebody else."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not _is_own(Request(scope).headers.get("host", "")):
            wrong = _line(400, "this page is only shown under 127.0.0.1, [::1] or localhost")
            await wrong(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_own(host: str) -> bool:
    """Return whether a `Host` header names the loopback, without asking anybody who that is.

    >>> [_is_own(host) for host in ("127.0.0.2:8050", "LOCALHOST", "[0:0:0:0:0:0:0:1]:8050", "127.0.0.1.example")]
    [True, True, True, False]
    """
    name = _HOST_AND_PORT(host)
    if name is None:
        return False
    text = name[1].lower().removesuffix(".")
    try:
        return text == "localhost" or ip_address(text.strip("[]")).is_loopback
    except ValueError:
        return _SHORT_LOOPBACK(text) is not None
