"""The live page over HTTP: figures that equal the warehouse's, clean refusals, and headers that keep others out."""

import csv
import html
import io
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

import attrs
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from admetrics.app.report import report
from admetrics.domain.errors import TransientError
from admetrics.domain.metrics.measures import Measures
from admetrics.domain.reporting.axis import AXES, Axis
from admetrics.domain.reporting.query import LENGTHS
from admetrics.domain.times import HOUR, Period
from admetrics.testing.strategies import HOSTILE
from tests.unit.interfaces.web.conftest import DIMENSIONS, ROWS, client_of, row

COUNTS = [field.name for field in attrs.fields(Measures)]
NAMES = st.sampled_from(["last", "from", "to", "by", *AXES, *AXES, "sort", "%"])
VALUES = st.sampled_from(
    [*LENGTHS, *AXES, "none", "0", "1", "2", "7", "4", "2026-03-20", "2026-03-20T11:00", "2026-03-21", "-1", *HOSTILE]
)
ENCODED = st.lists(st.tuples(NAMES, VALUES), max_size=4).map(lambda some: urlencode(some, errors="replace"))
MEANT = st.fixed_dictionaries(
    {},
    optional={
        "last": st.sampled_from(list(LENGTHS)),
        "by": st.sampled_from(AXES),
        "company": st.sampled_from(["none", "1", "2", "3"]),
        "campaign": st.sampled_from(["0", "4", "5"]),
        "publisher": st.sampled_from(["0", "1", "2"]),
        "job": st.sampled_from(["7", "8", "9"]),
    },
).map(urlencode)
RAW = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="#"), max_size=40)


def lines_of(answer) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))


def period_of(asked: dict[str, str], hours) -> Period:
    """Say which hours a query that was accepted is about: written down here again, to compare with."""
    newest = hours[-1] + HOUR
    length = LENGTHS[asked.get("last", "7d")]
    return Period(newest - length, newest) if length else Period.always()


# Figures


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MEANT | ENCODED | RAW)
@example("by=job&company=none")
@example("campaign=0&last=all")
@example("company=1&company=2")
@example("job=7;DROP TABLE events")
@example("%ff%fe=%00&job=%e2%80%ae")
@example("from=2026-03-20T11:00&to=2026-03-20T12:00&publisher=2")
def test_any_query_is_answered_with_the_warehouse_s_figures_or_refused_cleanly(site, query):
    """Neither ever fails: 200 or 400, for the page and the table alike."""
    table, page = site.get(f"/figures.csv?{query}"), site.get(f"/?{query}")
    assert table.status_code == page.status_code
    assert table.status_code in {200, 400}
    if table.status_code == 400:
        assert len(table.text.splitlines()) == 1
        return
    asked = {name: value for name, value in parse_qsl(str(table.url.query, "ascii")) if value}
    keys = {axis: None if asked[axis] == "none" else int(asked[axis]) for axis in AXES if axis in asked}
    if not {"from", "to"} & asked.keys():
        period = period_of(asked, site.warehouse.hours(Period.always()))
        expected = [total.measures for total in site.warehouse.totals(period, [], keys)] or [Measures()]
        assert {name: sum(int(line[name]) for line in lines_of(table)) for name in COUNTS} == attrs.asdict(expected[0])


@pytest.mark.parametrize(
    "query,clicks",
    [
        ("", 9),
        ("company=1", 2),
        ("company=none", 4),
        ("campaign=0", 3),
        ("publisher=2", 3),
        ("job=7&publisher=1", 2),
        ("job=7&publisher=2", 0),
        ("from=2026-03-20T11:00&to=2026-03-20T12:00", 9),
        ("from=2026-03-20T12:00", 0),
        ("to=2026-03-20T11:00", 0),
        ("last=24h&by=job", 9),
    ],
)
def test_the_filters_choose(site, query, clicks):
    assert sum(int(line["clicks"]) for line in lines_of(site.get(f"/figures.csv?{query}"))) == clicks
    shown = re.search(r'Clicks</span><span class="value">(\d+)<', site.get(f"/?{query}").text)
    assert (int(shown[1]) if shown else 0) == clicks


def test_what_is_chosen_stands_in_the_form_and_above_it(site):
    text = site.get("/?company=1&job=7&by=publisher&last=24h").text
    assert '<option value="1" selected>Acme</option>' in text
    assert '<option value="24h" selected>' in text
    assert '<input type="hidden" name="job" value="7">' in text
    assert '<bdi title="7" class="strong">Driver</bdi>' in text
    assert 'href="?last=24h&amp;by=job&amp;company=1"' in text  # the way back from the job


def test_the_campaigns_of_a_company_are_offered_once_it_is_chosen(site):
    assert ">Spring<" in site.get("/?company=1").text
    assert ">Spring<" in site.get("/").text
    assert ">Spring<" not in site.get("/?company=2").text


def test_a_key_that_no_table_knows_can_be_chosen(site):
    assert '<option value="99" selected>campaign 99</option>' in site.get("/?campaign=99").text


def test_lines_lead_to_their_own_figures(site):
    text = site.get("/?by=job&company=1").text
    assert 'href="?last=7d&amp;by=publisher&amp;company=1&amp;job=7"' in text
    assert "href" not in re.findall(r"<tbody>.*?</tbody>", site.get("/?by=job&job=7").text, re.DOTALL)[-1]


def test_an_empty_warehouse_is_a_page_too(tmp_path, clock, site):
    site.warehouse.upsert(
        [
            row(
                each.cell.job,
                None,
                publisher=each.cell.publisher,
                campaign=each.cell.campaign,
                version=2,
                impressions=0,
                clicks=0,
                spend=0,
                valid_spend=0,
                conversions=0,
            )
            for each in ROWS
        ]
    )
    answer = site.get("/")
    assert answer.status_code == 200
    assert "There are no figures in this period" in answer.text


# Freshness


def test_nothing_is_sent_again_until_something_changes(site, clock):
    first = site.get("/")
    seen = {"If-None-Match": first.headers["ETag"]}
    again = site.get("/", headers=seen)
    assert (again.status_code, again.content) == (304, b"")
    clock.advance(timedelta(seconds=1))
    site.warehouse.upsert([row(7, 1, version=2, clicks=5)])
    fresh = site.get("/", headers=seen)
    assert fresh.status_code == 200
    assert fresh.headers["ETag"] != first.headers["ETag"]
    assert ">12<" in fresh.text


def test_new_names_are_shown_within_a_minute_or_two(site, clock):
    seen = {"If-None-Match": site.get("/").headers["ETag"]}
    site.dimensions.put(attrs.evolve(DIMENSIONS, companies=(attrs.evolve(DIMENSIONS.companies[0], name="Renamed"),)))
    clock.advance(timedelta(minutes=1))
    assert "Renamed" in site.get("/", headers=seen).text


def test_many_browsers_that_ask_the_same_are_one_query(site):
    asked, everybody_is_there = [], threading.Barrier(8)

    def answer(question):
        asked.append(question)
        return site.reader.answer(question)

    client = client_of(attrs.evolve(site.figures, answer=answer))

    def look() -> str:
        everybody_is_there.wait()
        return client.get("/?by=job").headers["ETag"]

    with ThreadPoolExecutor(max_workers=8) as browsers:
        tags = [browsers.submit(look) for _ in range(8)]
    assert len({tag.result() for tag in tags}) == 1
    assert len(asked) == 1


# Refusals


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/figures.csv", "/assets/page.js"])
def test_figures_can_be_read_and_nothing_else(site, method, path):
    before = site.warehouse.highest_version()
    answer = site.client.request(method, path)
    assert (answer.status_code, answer.text) == (405, "figures can be read, and nothing else\n")
    assert site.warehouse.highest_version() == before


@pytest.mark.parametrize("path", ["/nowhere", "/assets/none.js", "/assets/..%2fpage.py", "/assets/%2e%2e/page.py"])
def test_there_is_nothing_but_the_page_and_what_it_needs(site, path):
    answer = site.get(path)
    assert answer.status_code == 404
    assert "the figures are at /" in answer.text


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "", "127.0.0.1@x"])
def test_nobody_else_s_name_leads_to_the_page(site, host):
    answer = site.get("/", headers={"Host": host})
    assert (answer.status_code, answer.text.count("\n")) == (400, 1)
    assert "only shown under 127.0.0.1" in answer.text


def test_a_warehouse_that_does_not_answer_is_one_line_and_the_page_comes_back(site):
    failing = [TransientError("the warehouse does not answer: try again")]

    def version() -> str:
        if failing:
            raise failing.pop()
        return site.reader.version()

    client = client_of(attrs.evolve(site.figures, version=version))
    down = client.get("/")
    assert (down.status_code, down.text) == (503, "the warehouse does not answer: try again\n")
    assert client.get("/").status_code == 200


# What keeps others out


@pytest.mark.parametrize(
    "path,status",
    [("/", 200), ("/?job=x", 400), ("/figures.csv", 200), ("/none", 404), ("/assets/page.js", 200)],
)
def test_every_answer_keeps_others_out(site, path, status):
    answer = site.get(path)
    assert answer.status_code == status
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == ("no-store" if "assets" not in path else "public, max-age=31536000, immutable")


def test_the_policy_names_a_nonce_that_is_never_used_again(site):
    policies = [site.get("/") for _ in range(2)]
    found = [
        re.search(r"script-src 'nonce-([\w-]{16,})'", each.headers["Content-Security-Policy"]) for each in policies
    ]
    nonces = [match[1] for match in found if match]
    assert len(set(nonces)) == 2
    for nonce, page in zip(nonces, policies, strict=True):
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert set(re.findall(r'nonce="([^"]+)"', page.text)) == {nonce}
        assert page.text.count(f'nonce="{nonce}"') == 5
        assert not re.search(r"<[^>]+ (?:on\w+|style)=", page.text)


def test_names_are_text_wherever_they_stand(site):
    for query in ("", "?by=job", "?by=publisher", "?publisher=2&by=publisher", "?job=8"):
        text = site.get(f"/{query}").text
        assert "<script>alert" not in text
        assert "<b>Nurse" not in text
    assert html.escape(DIMENSIONS.publishers[1].name or "") in site.get("/?publisher=2").text


def test_what_the_page_names_is_there_and_may_be_kept(site):
    text = site.get("/").text
    names = re.findall(r'(?:src|href)="(assets/[^"]+)"', text)
    assert len(names) == 5
    for name in names:
        answer = site.get(f"/{name}")
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/css" if ".css" in name else "text/javascript")


# The table


def test_the_table_is_the_breakdown_with_each_currency_apart(site, clock):
    lines = lines_of(site.get("/figures.csv?by=publisher"))
    shown = report(warehouse=site.warehouse, known=DIMENSIONS, now=clock.now(), by=Axis.PUBLISHER)
    assert [line["publisher"] for line in lines] == [str(entry.key) for entry in shown.entries]
    by_key = {line["publisher"]: line for line in lines}
    assert (by_key["1"]["currency"], by_key["1"]["clicks"], by_key["1"]["cpc"], by_key["1"]["cpa"]) == (
        "USD", "2", "2.5", "",
    )  # fmt: skip


def test_no_name_is_taken_for_a_formula(site):
    lines = lines_of(site.get("/figures.csv"))
    assert "'=HYPERLINK(1)" in [line["name"] for line in lines]


def test_the_table_comes_as_a_file_with_a_name_of_ours(site):
    answer = site.get("/figures.csv?by=job")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="job-20260313T12-20260320T12.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
