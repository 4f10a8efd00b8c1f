"""### admetrics: rebuild

By hand: have every row of a period computed and published again, whatever is stored; the next runs of the pipeline do
the work. For after a change of the rules, or if the checkpoint store was lost.
"""

from collections.abc import Mapping
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param

from admetrics.interfaces.airflow import tasks
from admetrics.interfaces.airflow.dags import COMMON, run


def rebuild(params: Mapping[str, Any], **_: object) -> tasks.Figures:
    """Make the period dirty."""
    return run(tasks.rebuild, start=params["from"], end=params["to"])


with DAG(
    "admetrics_rebuild",
    description="Compute a period again",
    schedule=None,
    params={
        "from": Param(type="string", format="date-time", description="First hour, inclusive (ISO 8601)."),
        "to": Param(type="string", format="date-time", description="End, exclusive (ISO 8601)."),
    },
    doc_md=__doc__,
    **COMMON,
):
    PythonOperator(task_id="rebuild", python_callable=rebuild)
