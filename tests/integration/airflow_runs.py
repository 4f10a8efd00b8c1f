"""Does things with the DAGs in the Airflow of this process's environment, as often as it is asked to.

Each line of standard input is a request: a JSON object with `arguments`, `environment` (variables beyond ours),
`folder` (to work in) and `seconds` (to live at the most). The arguments are one of

    structure
    run DAG_ID [CONF [VARIABLE [EXTRA]]]
    run_all RUNS
    run_killed DAG_ID MODULE:CLASS.METHOD
    execute PROGRAM
    create
    warm_up MODULE ...

`run` runs a DAG once, as Airflow does, but without trying failed tasks again; CONF are its parameters, VARIABLE is the
Variable `admetrics`, EXTRA the extra field of the Connection `admetrics`. `run_all` does so several times (RUNS: a JSON
list of lists of arguments). `run_killed` kills the process, as the kernel does when memory runs out, as soon as a
method has done its work. `execute` runs a program in Python. `create` makes the tables of Airflow's database.

Each of these is done by a process of its own, a fork of this one, since to import Airflow takes longer than to run a
DAG. Only `warm_up` is done here: it imports modules, so that they are there in all later forks. The answer is a line
too: `exit_code` and `printed`, everything that the process printed; the last line of that is a JSON object, if the exit
code is 0.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from importlib import import_module

import httpx
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.execution_time.supervisor import in_process_api_server


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
        os.environ["AIRFLOW_CONN_ADMETRICS"] = json.dumps({"conn_type": "generic", "extra": extra})
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


def execute(program: str) -> dict:
    exec(compile(program, "program", "exec"), {"__name__": "program"})
    return {}


def create() -> dict:
    from airflow.utils.db import initdb

    initdb()
    return {}


COMMANDS: dict[str, Callable[..., dict]] = {
    each.__name__: each for each in (structure, run, run_all, run_killed, execute, create)
}


def warm_up(*modules: str) -> None:
    """Have everything made that a process makes once: modules, and the versions of the API that tasks talk to."""
    for module in modules:
        import_module(module)

    async def ask() -> None:
        transport = in_process_api_server().atransport
        async with httpx.AsyncClient(transport=transport, base_url="http://in-process.invalid./") as client:
            await client.get("/nothing")

    asyncio.run(ask())
    assert threading.active_count() == 1, "a fork would lack the other threads"


def answer(request: dict) -> dict:
    """Do what is asked in a fork, and wait for its end."""
    command, *arguments = request["arguments"]
    if command == "warm_up":
        warm_up(*arguments)
        return {"exit_code": 0, "printed": "{}"}
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile() as printed:
        if not (child := os.fork()):
            os._exit(do(request, printed.fileno()))
        _, status = os.waitpid(child, 0)
        printed.seek(0)
        return {"exit_code": os.waitstatus_to_exitcode(status), "printed": printed.read().decode(errors="replace")}


def do(request: dict, printed: int) -> int:
    """Do what is asked; everything is printed into a file."""
    for number in (1, 2):
        os.dup2(printed, number)
    signal.alarm(request["seconds"])
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    command, *arguments = request["arguments"]
    try:
        sys.stdout.write("\n" + json.dumps(COMMANDS[command](*arguments)) + "\n")
    except BaseException:  # noqa: BLE001  whatever it is, the parent tells
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # Airflow prints while it is imported
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()
