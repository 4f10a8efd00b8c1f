"""Does something with the DAGs in the Airflow of this process's environment; the last line printed is a JSON object.

    python airflow_runs.py structure
    python airflow_runs.py run DAG_ID [CONF [VARIABLE [EXTRA]]]

`run` runs a DAG once, as Airflow does, but without trying failed tasks again; CONF are its parameters, VARIABLE is the
Variable `admetrics`, EXTRA the extra field of the Connection `admetrics`.
"""

import json
import os
import sys
from collections.abc import Callable

from airflow.dag_processing.dagbag import DagBag


def structure() -> dict:
    bag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"])
    return {
        "errors": bag.import_errors,
        "seconds": {stat.file: stat.duration.total_seconds() for stat in bag.dagbag_stats},
        "dags": {
            name: {
                "schedule": dag.schedule,
                "edges": [[task.task_id, after] for task in dag.tasks for after in sorted(task.downstream_task_ids)],
            }
            for name, dag in bag.dags.items()
        },
        "details": {
            name: {
                "max_active_runs": dag.max_active_runs,
                "catchup": dag.catchup,
                "tags": sorted(dag.tags),
                "owners": dag.owner,
                "doc": dag.doc_md,
                "retries": min(task.retries or 0 for task in dag.tasks),
                "has_failure_callback": all(task.on_failure_callback for task in dag.tasks),
                "assets": [asset.name for task in dag.tasks for asset in task.outlets],
            }
            for name, dag in bag.dags.items()
        },
    }


def run(dag_id: str, conf: str = "{}", variable: str = "", extra: str = "") -> dict:
    if variable:
        os.environ["AIRFLOW_VAR_ADMETRICS"] = variable
    if extra:
        os.environ["AIRFLOW_CONN_ADMETRICS"] = json.dumps({"conn_type": "generic", "extra": json.loads(extra)})
    dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"]).dags[dag_id]
    for task in dag.tasks:
        task.retries = 0
    try:
        result = dag.test(run_conf=json.loads(conf))
    except Exception as error:  # noqa: BLE001  Airflow refuses parameters by an exception
        return {"state": "refused", "error": str(error), "tasks": {}}
    return {
        "state": str(result.state),
        "tasks": {
            instance.task_id: {
                "state": str(instance.state),
                "figures": instance.xcom_pull(task_ids=instance.task_id),
            }
            for instance in result.get_task_instances()
        },
    }


if __name__ == "__main__":
    commands: dict[str, Callable[..., dict]] = {"structure": structure, "run": run}
    sys.stdout.write(json.dumps(commands[sys.argv[1]](*sys.argv[2:])) + "\n")
