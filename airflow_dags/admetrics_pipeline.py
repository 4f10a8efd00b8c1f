"""### admetrics: pipeline

Every minute: read what waits at the source into the lake, recompute the hours that became dirty, load the rows that
changed into the warehouse. A task that was cut off is simply run again; nothing is lost and nothing is counted twice.

Settings: `admetrics.toml`, environment `ADMETRICS_*`, the Variable `admetrics`, or the extra field of the Connection
`admetrics` (JSON objects; put secrets into the Connection). Each task returns its figures as XCom.
"""

from datetime import timedelta

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG

from admetrics.interfaces.airflow import tasks
from admetrics.interfaces.airflow.dags import COMMON, EVENTS, run


def ingest() -> tasks.Figures:
    """Read what waits at the source into the lake."""
    return run(tasks.ingest)


def roll_up() -> tasks.Figures:
    """Recompute the hours that became dirty."""
    return run(tasks.roll_up)


def load() -> tasks.Figures:
    """Move the rows that changed into the warehouse."""
    return run(tasks.load)


with DAG(
    "admetrics_pipeline",
    description="Raw records into hourly figures",
    schedule="* * * * *",
    dagrun_timeout=timedelta(hours=1),
    doc_md=__doc__,
    **COMMON,
):
    (
        PythonOperator(task_id="ingest", python_callable=ingest)
        >> PythonOperator(task_id="roll_up", python_callable=roll_up)
        >> PythonOperator(task_id="load", python_callable=load, outlets=[EVENTS])
    )
