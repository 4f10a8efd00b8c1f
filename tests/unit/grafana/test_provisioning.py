"""The files that Grafana and Prometheus are started with fit the dashboards, compose.yaml and each other."""

import json
import re
from pathlib import Path

import pytest
import yaml

from grafana.budgets import OVERSPENT
from tests.dashboards import BOARDS, FOLDER, board_of

REPOSITORY = FOLDER.parent
SERVICES = yaml.safe_load((REPOSITORY / "compose.yaml").read_text())["services"]
PROVISIONING = FOLDER / "provisioning"
SOURCES = yaml.safe_load((PROVISIONING / "datasources" / "admetrics.yaml").read_text())["datasources"]
[PROVIDER] = yaml.safe_load((PROVISIONING / "dashboards" / "admetrics.yaml").read_text())["providers"]
GROUPS = yaml.safe_load((PROVISIONING / "alerting" / "admetrics.yaml").read_text())["groups"]
RULES = [rule for group in GROUPS for rule in group["rules"]]
EACH_RULE = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["uid"])


def mounts(service: str) -> dict[str, Path]:
    """Return what is mounted, by where it is mounted."""
    volumes = [volume.split(":") for volume in SERVICES[service]["volumes"]]
    return {target: REPOSITORY / source for source, target, *_ in volumes if source.startswith("./")}


def test_the_dashboards_lie_where_they_are_looked_for():
    assert mounts("grafana")[PROVIDER["options"]["path"]] == FOLDER / "dashboards"
    assert mounts("grafana")["/etc/grafana/provisioning"] == PROVISIONING


def test_every_file_for_provisioning_has_the_version_and_lies_where_grafana_looks():
    files = [path for path in PROVISIONING.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} == {"alerting", "dashboards", "datasources"}
    assert all(yaml.safe_load(path.read_text())["apiVersion"] == 1 for path in files)


def test_all_data_sources_of_the_dashboards_and_alerts_are_there():
    known = {source["uid"]: source["type"] for source in SOURCES}
    asked = {
        (target["datasource"]["uid"], target["datasource"]["type"])
        for each in BOARDS
        for panel in each.panels
        for target in panel["targets"]
    }
    assert asked - {("-- Dashboard --", "datasource")} == set(known.items())
    assert {query["datasourceUid"] for rule in RULES for query in rule["data"]} == {*known, "__expr__"}


def test_the_session_of_the_warehouse_is_in_utc():
    """`FROM_UNIXTIME` gives times of the session, and the warehouse stores UTC."""
    [source] = [source for source in SOURCES if source["type"] == "mysql"]
    assert source["jsonData"]["timezone"] == "+00:00"


def test_secrets_and_places_come_from_variables_that_compose_sets():
    text = (PROVISIONING / "datasources" / "admetrics.yaml").read_text()
    used = set(re.findall(r"\$(\w+)", text))
    assert used == {name for name in SERVICES["grafana"]["environment"] if name.startswith("GRAFANA_")}
    assert all(value.startswith("$") for source in SOURCES for value in source.get("secureJsonData", {}).values())


def test_grafana_reads_with_the_user_that_may_only_read():
    environment, script = SERVICES["grafana"]["environment"], (FOLDER / "mysql-reader.sh").read_text()
    user = environment["GRAFANA_MYSQL_USER"]
    assert f"CREATE USER IF NOT EXISTS '{user}'@'%'" in script
    [rights] = re.findall(r"GRANT (.*) ON", script)
    assert rights == "SELECT, SHOW VIEW"
    assert environment["GRAFANA_MYSQL_PASSWORD"] == SERVICES["mysql"]["environment"]["GRAFANA_MYSQL_PASSWORD"]
    assert environment["GRAFANA_MYSQL_DATABASE"] == SERVICES["mysql"]["environment"]["MYSQL_DATABASE"]
    assert mounts("mysql")["/docker-entrypoint-initdb.d/mysql-reader.sh"] == FOLDER / "mysql-reader.sh"


def test_prometheus_scrapes_what_the_product_serves():
    [job] = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"]
    [[target]] = [each["targets"] for each in job["static_configs"]]
    service, port = target.split(":")
    command = SERVICES[service]["command"]
    assert command[command.index("--metrics") + 1] == f"0.0.0.0:{port}"
    url = SERVICES["grafana"]["environment"]["GRAFANA_PROMETHEUS_URL"]
    assert url == "http://prometheus:9090"
    [path] = [option.split("=")[1] for option in SERVICES["prometheus"]["command"] if "config.file" in option]
    assert mounts("prometheus")[path] == FOLDER / "prometheus.yaml"


@EACH_RULE
def test_a_rule_ends_in_a_threshold_over_its_own_query(rule):
    queries = {query["refId"]: query for query in rule["data"]}
    condition = queries[rule["condition"]]["model"]
    assert condition["type"] == "threshold"
    assert condition["expression"] in queries
    assert all(query["model"]["refId"] == name for name, query in queries.items())
    [evaluated] = condition["conditions"]
    assert evaluated["evaluator"]["type"] == "gt"


def test_the_rule_on_budgets_asks_what_the_code_makes_of_its_panel():
    """It leads to the table, which shows each budget; its own query counts them, without variables."""
    [rule] = [rule for rule in RULES if rule["uid"] == "admetrics-budget-overspent"]
    assert rule["data"][0]["model"]["rawSql"] == OVERSPENT
    campaigns, panel = board_of("campaigns"), rule["annotations"]["__panelId__"]
    assert campaigns.content["uid"] == rule["annotations"]["__dashboardUid__"]
    assert campaigns.panel("Budget use")["id"] == int(panel)
    assert rule["data"][1]["model"]["conditions"][0]["evaluator"]["params"] == [0]


@pytest.mark.parametrize("rule", GROUPS[0]["rules"], ids=lambda rule: rule["uid"])
def test_a_rule_watches_what_its_panel_shows(rule):
    annotations = rule["annotations"]
    shown = board_of("pipeline")
    assert shown.content["uid"] == annotations["__dashboardUid__"]
    [panel] = [panel for panel in shown.panels if panel["id"] == int(annotations["__panelId__"])]
    [target] = panel["targets"]
    asked = rule["data"][0]["model"]
    if "rawSql" in asked:
        assert asked["rawSql"] == target["rawSql"]
    else:
        assert asked["expr"].startswith(target["expr"])
    [limit] = rule["data"][1]["model"]["conditions"][0]["evaluator"]["params"]
    worst = panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["value"]
    assert worst in {limit, limit + 1}  # a count above 0 is 1


def test_rules_hold_nothing_that_grafana_takes_for_a_variable():
    """In these files a dollar begins a variable of the environment."""
    assert "$" not in json.dumps(GROUPS)
