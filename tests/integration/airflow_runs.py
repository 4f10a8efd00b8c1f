"""Does something with the DAGs in the Airflow of this process's environment; the last line printed is a JSON object.

    python airflow_runs.py structure
    python airflow_runs.py run DAG_ID [CONF [VARIABLE [EXTRA]]]
    python airflow_runs.py run_all RUNS
    python airflow_runs.py run_killed DAG_ID MODULE:CLASS.METHOD

`run` runs a DAG once, as Airflow does, but without trying failed tasks again; CONF are its parameters, VARIABLE is the
Variable `admetrics`, EXTRA the extra field of the Connection `admetrics`. `run_all` does so several times (RUNS: a JSON
list of lists of arguments), since to import Airflow takes longer than to run a DAG. `run_killed` kills the process, as
the kernel does when memory runs out, as soon as a method has done its work.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from importlib import import_module

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


def run_all(runs: str) -> dict:
    return {"runs": [run(*arguments) for arguments in json.loads(runs)]}


def run_killed(dag_id: str, path: str) -> dict:
    module, _, qualified = path.partition(":")
    class_name, _, method = qualified.partition(".")
    owner = getattr(import_module(module), class_name)
    work = getattr(owner, method)

    def work_and_die(*arguments: object, **named: object) -> None:
        work(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(owner, method, work_and_die)
    return run(dag_id)


if __name__ == "__main__":
    commands: dict[str, Callable[..., dict]] = {
        "structure": structure,
        "run": run,
        "run_all": run_all,
        "run_killed": run_killed,
    }
    sys.stdout.write(json.dumps(commands[sys.argv[1]](*sys.argv[2:])) + "\n")
