#!/usr/bin/env python3
"""Tracks with MLflow's own client, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_tracking.py PORT

What differs from server to server by nature (ids of runs, times, random names) is replaced. The test compares the output with
mlflow_tracking.json, which a real server answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --port PORT --workers 1
    mlflow_tracking.py PORT > mlflow_tracking.json
"""

import contextlib
import json
import logging
import math
import os
import re
import sys

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

RUNS: dict[str, str] = {}
OWN_TAGS = ("mlflow.source.", "mlflow.user", "mlflow.runColor")


def plain(text: object) -> object:
    """A text in which each run's id stands under its own name."""
    if not isinstance(text, str):
        return text
    for run, name in RUNS.items():
        text = text.replace(run, f"<{name}>")
    # What a database's driver says after this is its own, and so is the advice that the client adds.
    text = re.sub(r"(already exists\.) Error:.*", r"\1", text, flags=re.DOTALL).partition("\n\n")[0]
    # Python prints sets in any order.
    return re.sub(r"'\{('.*?')\}'", lambda found: "'{" + ", ".join(sorted(found[1].split(", "))) + "}'", text)


def short(text: str) -> str:
    return text if len(text) < 100 else f"{len(text)} characters"


def number(value: float) -> object:
    return value if math.isfinite(value) else str(value)


def seen(run) -> dict:
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "stage": run.info.lifecycle_stage,
        "artifacts": plain(run.info.artifact_uri),
        "ends": run.info.end_time is not None,
        "params": {key: short(value) for key, value in sorted(run.data.params.items())},
        "metrics": {key: number(value) for key, value in sorted(run.data.metrics.items())},
        "tags": {key: plain(value) for key, value in sorted(run.data.tags.items()) if not key.startswith(OWN_TAGS)},
    }


def refusal(operation) -> dict:
    try:
        operation()
    except MlflowException as error:
        return {"code": error.error_code, "message": plain(error.message)}
    return {"code": None, "message": "no refusal"}


def experiments(client: MlflowClient) -> dict:
    found = {"default": client.get_experiment("0").name}
    first = client.create_experiment("first", tags={"team": "price", "stage": "try"})
    second = client.create_experiment("second", artifact_location="mlflow-artifacts:/elsewhere")
    one = client.get_experiment_by_name("first")
    found["first"] = {"id": one.experiment_id == first, "tags": one.tags, "artifacts": one.artifact_location.replace(first, "<first>")}
    found["second"] = client.get_experiment(second).artifact_location
    client.set_experiment_tag(second, "team", "ads")
    client.rename_experiment(second, "renamed")
    found["renamed"] = client.get_experiment(second).name
    found["absent"] = client.get_experiment_by_name("absent")
    client.delete_experiment(first)
    found["deleted"] = client.get_experiment(first).lifecycle_stage
    for key, view in (("active", ViewType.ACTIVE_ONLY), ("gone", ViewType.DELETED_ONLY), ("all", ViewType.ALL)):
        found[key] = [each.name for each in client.search_experiments(view_type=view, order_by=["name ASC"])]
    client.restore_experiment(first)
    for text in ("name LIKE 're%'", "name ILIKE 'FI%'", "tags.team = 'ads'", "tags.team != 'ads'", "name != 'first'"):
        found[text] = [each.name for each in client.search_experiments(filter_string=text, order_by=["name DESC"])]
    found["refusals"] = [
        refusal(lambda: client.create_experiment("first")),
        refusal(lambda: client.get_experiment("123456")),
        refusal(lambda: client.get_experiment("abc")),
        refusal(lambda: client.delete_experiment("123456")),
        refusal(lambda: client.create_experiment("x" * 501)),
        refusal(lambda: client.search_experiments(filter_string="colour = 'red'")),
        refusal(lambda: client.search_experiments(max_results=50_001)),
        refusal(lambda: client.set_experiment_tag("123456", "a", "b")),
    ]
    return found


def logging_of_runs(client: MlflowClient) -> dict:
    mlflow.set_experiment("logging")
    with mlflow.start_run(run_name="whole", tags={"kind": "test"}, description="all of it") as run:
        RUNS[run.info.run_id] = "whole"
        mlflow.log_param("depth", 7)
        mlflow.log_params({"rate": 0.1, "text": "ä b", "long": "y" * 7_000})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"accuracy": 0.9, "nan": math.nan, "up": math.inf, "down": -math.inf}, step=3)
        mlflow.log_metric("accuracy", 0.5, step=2)
        mlflow.set_tags({"a": "1", "b/c": "2"})
        with mlflow.start_run(run_name="child", nested=True) as child:
            RUNS[child.info.run_id] = "child"
            mlflow.log_metric("loss", 0.25)
    try:
        with mlflow.start_run(run_name="failed") as failed:
            RUNS[failed.info.run_id] = "failed"
            raise RuntimeError
    except RuntimeError:
        pass
    whole = run.info.run_id
    found = {name: seen(client.get_run(id)) for id, name in RUNS.items()}
    found["history"] = [[number(each.value), each.step] for each in client.get_metric_history(whole, "loss")]
    found["no history"] = client.get_metric_history(whole, "absent")
    client.delete_tag(whole, "a")
    client.set_tag(whole, "mlflow.runName", "renamed")
    client.log_batch(whole, [Metric("m", 2.0, 10, 1), Metric("m", 3.0, 10, 1)], [Param("p", "1")], [RunTag("t", "u"), RunTag("t", "v")])
    client.update_run(whole, status="KILLED")
    found["later"] = seen(client.get_run(whole))
    found["refusals"] = [
        refusal(lambda: client.log_param(whole, "depth", 8)),
        refusal(lambda: client.log_batch(whole, params=[Param("depth", "9"), Param("new", "1")])),
        refusal(lambda: client.log_param(whole, "a//b", 1)),
        refusal(lambda: client.log_metric(whole, "k" * 251, 1)),
        refusal(lambda: client.log_metric(whole, "wrong#name", 1)),
        refusal(lambda: client.log_metric(whole, "x", 1, timestamp=-1)),
        refusal(lambda: client.get_run("0" * 32)),
        refusal(lambda: client.log_metric("0" * 32, "x", 1)),
        refusal(lambda: client.delete_tag(whole, "absent")),
        refusal(lambda: client.set_tag(whole, "../x", "1")),
        refusal(lambda: client.create_run("123456")),
    ]
    client.delete_run(child.info.run_id)
    found["deleted"] = seen(client.get_run(child.info.run_id))["stage"]
    found["into deleted"] = refusal(lambda: client.log_metric(child.info.run_id, "x", 1))
    client.restore_run(child.info.run_id)
    return found


SEARCHES = (
    "", "metrics.score > 0.5", "metrics.score <= 0.5 and params.family = 'tree'", "params.family != 'tree'", "params.family LIKE 't%'",
    "params.family ILIKE 'T%'", "tags.`mlflow.runName` = 'run-3'", "attributes.status = 'FINISHED'", "run_name LIKE 'run-%' AND metrics.score >= 0.3",
    'tags."team" = "b"', "metrics.`val/loss` < 3", "params.absent = '1'", "metrics.absent != 1",
    "attributes.start_time > 0", "tags.team != 'a'",
)  # fmt: skip
REFUSED = (
    "metrics.score > 'x'", "params.family = 1", "metrics.score", "bogus.x = 1", "metrics.score > 1 OR metrics.score < 0", "attributes.bogus = 'x'",
    "params.family > 'x'", "metrics.score LIKE 'x'", "tags.a IN ('b')", "attributes.status >", "= 3",
)  # fmt: skip
ORDERS = (["metrics.score"], ["metrics.score DESC"], ["params.family ASC", "metrics.score DESC"], ["attributes.run_name DESC"], ["tags.team"])


def searches(client: MlflowClient) -> dict:
    experiment = client.create_experiment("searches")
    for count in range(8):
        run = client.create_run(experiment, start_time=1_000 + count, run_name=f"run-{count}", tags={"team": "ab"[count % 2]})
        RUNS[run.info.run_id] = f"run-{count}"
        if count != 6:
            client.log_metric(run.info.run_id, "score", math.nan if count == 5 else count / 10, timestamp=5)
        client.log_metric(run.info.run_id, "val/loss", 8 - count, timestamp=5)
        client.log_param(run.info.run_id, "family", ("tree", "net", "Tree")[count % 3])
        client.set_terminated(run.info.run_id, "FINISHED" if count < 4 else "FAILED", end_time=2_000)

    def names(text: str = "", order=None, **more) -> list[str]:
        return [run.info.run_name for run in client.search_runs([experiment], text, order_by=order, **more)]

    found = {text: names(text) for text in SEARCHES}
    found["orders"] = {" ".join(order): names(order=order) for order in ORDERS}
    found["refusals"] = {text: refusal(lambda text=text: names(text)) for text in REFUSED}
    found["refused orders"] = [refusal(lambda text=text: names(order=[text])) for text in ("bogus", "attributes.bogus", "metrics.score UP")]
    pages, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=3, page_token=token)
        pages.append([run.info.run_name for run in page])
        token = page.token
        if not token:
            break
    found["pages"] = pages
    found["token"] = refusal(lambda: names(page_token="no token"))
    found["too many"] = refusal(lambda: names(max_results=50_001))
    found["nowhere"] = [run.info.run_name for run in client.search_runs([], "")]
    found["frame"] = sorted(seen(client.search_runs([experiment], max_results=1)[0])["params"])
    return found


def main() -> None:
    mlflow.set_tracking_uri(f"http://127.0.0.1:{sys.argv[1]}")
    client = MlflowClient()
    # The client of MLflow 2 says on standard output where its runs are to be seen.
    with contextlib.redirect_stdout(sys.stderr):
        found = {"experiments": experiments(client), "runs": logging_of_runs(client), "searches": searches(client)}
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
