"""### admetrics: reconcile

Every day: hold yesterday and the day before in the warehouse against the lake. The task fails if a cell differs, and
names it. With the parameter `repair`, the hours that differ are rolled up again instead by the next runs of the
pipeline. It may run beside the pipeline.
"""

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param

from admetrics.interfaces.airflow import tasks
from admetrics.interfaces.airflow.dags import COMMON, run


def reconcile(params: Mapping[str, Any], **_: object) -> tasks.Figures:
    """Compare the days before this one."""
    return run(tasks.reconcile, days=params["days"], repair=params["repair"])


with DAG(
    "admetrics_reconcile",
    description="Is the warehouse what the lake says?",
    schedule="30 3 * * *",
    params={
        "days": Param(default=2, type="integer", minimum=1, maximum=366, description="How many days before today."),
        "repair": Param(default=False, type="boolean", description="Have what differs rolled up again."),
    },
    doc_md=__doc__,
    **COMMON,
):
    PythonOperator(task_id="reconcile", python_callable=reconcile)
