"""The committed dashboards are what the code makes, and fit together; their queries are tested on MariaDB."""

import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import dashboard

from admetrics.app.run import AMOUNTS, DIVIDED, STATES
from grafana.__main__ import DASHBOARDS, main
from grafana.board import written
from tests.dashboards import BOARDS, FOLDER

EACH_BOARD = pytest.mark.parametrize("board", BOARDS, ids=str)
EACH_PANEL = pytest.mark.parametrize(
    "board, panel",
    [pytest.param(board, panel, id=f"{board}: {panel['title']}") for board in BOARDS for panel in board.panels],
)
UIDS = {board.content["uid"]: board for board in BOARDS}


def test_the_files_are_what_the_code_makes():
    """If this fails: `make dashboards`, and look at the difference."""
    files = {path.stem: path.read_text(encoding="utf-8") for path in (FOLDER / "dashboards").iterdir()}
    assert files == {name: written(make()) for name, make in DASHBOARDS.items()}


def test_the_command_writes_the_files(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["grafana", str(tmp_path / "new")])
    main()
    for path in (FOLDER / "dashboards").iterdir():
        assert (tmp_path / "new" / path.name).read_bytes() == path.read_bytes()


@EACH_BOARD
def test_a_dashboard_holds_nothing_that_the_types_of_the_kit_do_not_know(board):
    """What is read into the kit's types and written again is the same; its queries to MySQL are what it leaves out."""
    register_default_plugins()
    without_targets = json.loads(json.dumps(board.content))
    for panel in without_targets["panels"]:
        panel.pop("targets", None)
    read = dashboard.Dashboard.from_json(without_targets)
    assert json.loads(json.dumps(read, cls=JSONEncoder)) == without_targets


@EACH_BOARD
def test_panels_are_numbered_once_and_fill_their_rows(board):
    numbers = [panel["id"] for panel in board.content["panels"]]
    assert len(set(numbers)) == len(numbers)
    taken: set[tuple[int, int]] = set()
    for panel in board.content["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"])
                 for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
        assert not cells & taken
        assert place["x"] + place["w"] <= 24
        taken |= cells


@EACH_PANEL
def test_a_panel_is_described_and_has_a_unit_thresholds_and_a_word_for_no_data(board, panel):
    assert len(panel["description"]) > 20
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"]
    assert defaults["thresholds"]["steps"][0]["value"] is None
    assert defaults["noValue"] == "no data"
    assert panel["datasource"] == panel["targets"][0]["datasource"]


@EACH_PANEL
def test_nothing_in_a_panel_turns_missing_data_into_zeros(board, panel):
    custom = panel["fieldConfig"]["defaults"].get("custom", {})
    assert "spanNulls" not in custom
    for target in panel["targets"]:
        assert "COALESCE(SUM" not in target.get("rawSql", "")
        assert "IFNULL" not in target.get("rawSql", "")
    if panel["type"] in {"stat", "bargauge"}:
        assert panel["options"]["reduceOptions"]["calcs"] == ["last"]  # any other would skip what is missing


@EACH_PANEL
def test_only_columns_that_the_result_has_are_shown(board, panel):
    """Also where the result is that of another panel."""
    text = json.dumps(source_of(board, panel))
    chosen = panel.get("options", {}).get("reduceOptions", {}).get("fields", "")
    named = chosen.removeprefix("/^(").removesuffix(")$/").split("|") if chosen else []
    overrides = panel["fieldConfig"]["overrides"]
    for name in [*named, *(override["matcher"]["options"] for override in overrides)]:
        assert re.search(rf"AS `?{name}\b|s\.{name},", text), name


def source_of(board, panel):
    [target, *_] = panel["targets"]
    if target["datasource"]["uid"] != "-- Dashboard --":
        return target
    [other] = [each for each in board.panels if each["id"] == target["panelId"]]
    assert other["datasource"]["uid"] == "admetrics-warehouse"
    return other["targets"][0]


@EACH_BOARD
def test_queries_use_variables_of_their_dashboard_and_quote_them(board):
    """A variable that is put in as it is would let a name, or a link, change the query."""
    for text in [query for _, query in board.queries()] + [each["query"] for each in board.variables.values()]:
        used = re.findall(r"\$\{(\w+):sqlstring\}", text)
        assert set(used) <= set(board.variables)
        rest = re.sub(r"\$\{\w+:sqlstring\}|\$__(timeFrom|timeTo|unixEpochFrom|unixEpochTo)\(\)", "", text)
        assert "$" not in rest
        assert "[[" not in rest


@EACH_BOARD
def test_every_variable_changes_something_and_depends_on_earlier_ones_only(board):
    names = list(board.variables)
    used = {name for _, query in board.queries() for name in re.findall(r"\$\{(\w+):", query)}
    for place, (name, variable) in enumerate(board.variables.items()):
        assert name in used
        assert set(re.findall(r"\$\{(\w+):", variable["query"])) <= set(names[:place])


@EACH_BOARD
def test_links_lead_to_dashboards_that_are_there_and_set_variables_that_they_have(board):
    for link in board.content["links"]:
        assert link["url"].removeprefix("/d/") in UIDS
    for panel in board.panels:
        for override in panel["fieldConfig"]["overrides"]:
            for each in override["properties"]:
                if each["id"] == "links":
                    for link in each["value"]:
                        check_link(board, panel, link["url"])


def check_link(board, panel, url):
    parts = urlsplit(url)
    target = UIDS[parts.path.removeprefix("/d/")]
    [(name, value)] = parse_qsl(parts.query)
    assert name.removeprefix("var-") in target.variables
    [column] = re.findall(r"^\$\{__data\.fields\.(\w+)\}$", value)
    assert f"s.{column}," in panel["targets"][0]["rawSql"]
    kept = set(re.findall(r"\$\{(\w+):queryparam\}", parts.query))
    assert kept <= set(target.variables) & set(board.variables)
    assert "${__url_time_range}" in parts.query


def test_every_metric_that_is_asked_for_is_one_that_admetrics_run_serves():
    served = {f"admetrics_{name}_total" for name in AMOUNTS} | {f"admetrics_{name}" for name in STATES}
    served.add("admetrics_ticks_total")
    asked = {name for board in BOARDS for _, text in board.expressions() for name in re.findall(r"admetrics_\w+", text)}
    assert asked
    assert asked <= served
    labels = {
        label for board in BOARDS for _, text in board.expressions() for label in re.findall(r"by \((\w+)\)", text)
    }
    assert labels <= set(DIVIDED.values())


def test_amounts_are_grouped_by_currency_wherever_they_are_shown():
    for board in BOARDS:
        for panel, query in board.queries():
            if re.search(r"AS `((Valid s|S)pend|CPC|Cost per \w+)`", query):
                assert "GROUP BY code" in query or re.search(r"GROUP BY f\.\w+, code", query), panel["title"]
                assert re.search(r"s\.code AS (Currency|metric)", query), panel["title"]
