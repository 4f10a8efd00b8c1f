"""### admetrics: dimensions

Every day: read the dimension tables (whose job it is, when a campaign runs, what it is called) from the site's own SQL
database. Hours whose figures change by it are rolled up again by the next runs of the pipeline.

The Connection `admetrics_dimensions` is the database (MySQL, MariaDB or SQLite), which is only read. The parameter
`tables` names its tables: `job`, `campaign`, `group`, `company`, `master_publisher`, or e.g. `job=ads` for one that has
another name there.
"""

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param

from admetrics.interfaces.airflow import tasks
from admetrics.interfaces.airflow.dags import COMMON, run, url_of_dimensions


def import_dimensions(params: Mapping[str, Any], **_: object) -> tasks.Figures:
    """Read the tables."""
    return run(tasks.import_dimensions, url=url_of_dimensions(), tables=params["tables"])


with DAG(
    "admetrics_dimensions",
    description="Read what the ids stand for",
    schedule="0 2 * * *",
    params={
        "tables": Param(
            default=["job", "campaign", "group", "company", "master_publisher"],
            type="array",
            minItems=1,
            items={"type": "string"},
            description="Which tables; `job=ads` if a table has another name there.",
        )
    },
    doc_md=__doc__,
    **COMMON,
):
    PythonOperator(task_id="import_dimensions", python_callable=import_dimensions)
