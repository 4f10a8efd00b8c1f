"""What the DAGs in `airflow_dags` share: where settings come from, how errors end a task, how a DAG is described."""

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Final
from urllib.parse import unquote

from airflow.sdk import Asset, Connection, Variable
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException
from airflow.sdk.log import mask_secret

from admetrics.configuration import Configuration, Settings
from admetrics.domain.errors import AdmetricsError, ConfigurationError, TransientError
from admetrics.interfaces.airflow import tasks

EVENTS: Final = Asset(name="admetrics_events", uri="admetrics://warehouse/events")
"""Table `events` of the warehouse: schedule a DAG on it, and it runs whenever new figures were loaded."""

SETTINGS: Final = "admetrics"
"""The name of the Connection (in its extra field) and of the Variable that hold settings, as a JSON object."""

DIMENSIONS: Final = "admetrics_dimensions"
"""The name of the Connection to the database of the dimension tables."""

_log: Final = logging.getLogger("airflow.task")


def report_failure(context: Any) -> None:
    """Say which task failed and why, in one line; set the Variable `admetrics_on_failure` to call more.

    The Variable names a function as `module:function`; it is called with Airflow's context.
    """
    task = context["task_instance"]
    _log.error("%s.%s failed: %s", task.dag_id, task.task_id, context.get("exception"))
    if hook := Variable.get("admetrics_on_failure", default=None):
        module, _, function = str(hook).partition(":")
        getattr(import_module(module), function)(context)


COMMON: Final[dict[str, Any]] = {
    "start_date": datetime(2026, 1, 1, tzinfo=UTC),
    "catchup": False,
    "max_active_runs": 1,
    "tags": ["admetrics"],
    "default_args": {
        "owner": "admetrics",
        "retries": 3,
        "retry_delay": timedelta(seconds=15),
        "retry_exponential_backoff": True,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=30),
        "on_failure_callback": report_failure,
    },
}
"""Arguments of every DAG: one run at a time, so that runs do not wait for each other's locks."""


def run(task: Callable[..., tasks.Figures], **arguments: Any) -> tasks.Figures:
    """Run a task with the settings of this Airflow.

    Args:
        task: a function of `admetrics.interfaces.airflow.tasks`.
        arguments: its arguments besides the settings.

    Returns:
        Its figures, which become the XCom.

    Raises:
        AirflowException: the task failed, and trying again may help.
        AirflowFailException: trying again will not help.
    """
    try:
        return task(_settings(), **arguments)
    except TransientError as error:
        raise AirflowException(str(error)) from None
    except AdmetricsError as error:
        raise AirflowFailException(str(error)) from None


def url_of_dimensions() -> str:
    """Return the URL of the database that the Connection `admetrics_dimensions` names.

    Raises:
        AirflowFailException: there is no such Connection.
    """
    try:
        uri = str(Connection.get(DIMENSIONS).get_uri())
    except AirflowNotFoundException:
        raise AirflowFailException(
            f"there is no Connection {DIMENSIONS}: make one to the database of the dimension tables, "
            "e.g. mysql+pymysql://user:password@host:3306/database"
        ) from None
    return unquote(uri) if uri.startswith("sqlite:") else uri  # Airflow writes the slashes of a path as %2F


def _settings() -> Settings:
    """Read the settings: `admetrics.toml` and `ADMETRICS_*`, then the Variable, then the Connection; later wins."""
    texts = {
        f"the Variable {SETTINGS!r}": Variable.get(SETTINGS, default=None),
        f"the extra field of the Connection {SETTINGS!r}": _extra_of_connection(),
    }
    return Configuration.read(more={origin: _parsed(origin, text) for origin, text in texts.items()}).settings


def _extra_of_connection() -> str | None:
    try:
        extra: str | None = Connection.get(SETTINGS).extra
    except AirflowNotFoundException:
        return None
    return extra


def _parsed(origin: str, text: str | None) -> Mapping[str, Any]:
    """Read a JSON object here: what Airflow cannot read, it takes for nothing, and defaults would apply."""
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        message = f"{origin} is not JSON: {error}"
        raise ConfigurationError(message) from None
    if not isinstance(found, dict):
        message = f'{origin} is JSON, but no object: write e.g. {{"lake": "cassandra://..."}}'
        raise ConfigurationError(message)
    mask_secret(found)
    return found
