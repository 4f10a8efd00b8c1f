"""### admetrics: maintenance

Every day: forget dead letters, and rows of nothing but zeros, that are older than the parameter `days`. A zero row
keeps older messages from bringing its cell back, so it must stay for longer than the bus keeps its messages.
"""

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param

from admetrics.interfaces.airflow import tasks
from admetrics.interfaces.airflow.dags import COMMON, run


def prune(params: Mapping[str, Any], **_: object) -> tasks.Figures:
    """Forget what is old."""
    return run(tasks.prune, days=params["days"])


with DAG(
    "admetrics_maintenance",
    description="Forget what is old and of no more use",
    schedule="0 4 * * *",
    params={"days": Param(default=90, type="integer", minimum=14, description="Older than so many days.")},
    doc_md=__doc__,
    **COMMON,
):
    PythonOperator(task_id="prune", python_callable=prune)
