#!/usr/bin/env python3
"""Asks for what MLflow's pages ask beside its API, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_pages.py PORT

The files behind versions, logged models and traces, the correlation of filters, metrics of several runs at once, and the answers where there is
no endpoint. The ids of
runs, models and traces are replaced. The test compares the output with mlflow_pages.json, which a real server answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --artifacts-destination artifacts --port PORT --workers 1
    mlflow_pages.py PORT > mlflow_pages.json
"""

import json
import logging
import os
import sys

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
import requests  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric  # noqa: E402

SERVER = f"http://127.0.0.1:{sys.argv[1]}"
FIELDS = ("content-type", "content-disposition", "content-length", "content-range", "cache-control", "accept-ranges", "x-content-type-options")
PAGES = "/ajax-api/3.0/mlflow/get-trace-artifact"
ATTACHMENT = "12345678-1234-1234-1234-123456789012"
NAMES: dict[str, str] = {}


def plain(text: str) -> str:
    for name, placeholder in NAMES.items():
        text = text.replace(name, f"<{placeholder}>")
    return text


def seen(answer: requests.Response) -> dict:
    fields = {name: answer.headers[name] for name in FIELDS if answer.ok and name in answer.headers}
    if not answer.ok and "json" not in answer.headers.get("content-type", ""):
        return {"status": answer.status_code, "type": answer.headers.get("content-type"), "text": answer.text}
    body = json.loads(answer.text) if not answer.ok else None
    told = {"code": body["error_code"], "message": plain(body["message"])} if body else {"text": plain(answer.text)}
    return {"status": answer.status_code} | fields | told


def get(path: str, query: dict | None = None, **more) -> dict:
    return seen(requests.get(SERVER + path, params=query, timeout=60, **more))


def put(path: str, content: bytes) -> None:
    requests.put(f"{SERVER}/api/2.0/mlflow-artifacts/artifacts/{path}", data=content, timeout=60).raise_for_status()


def versions(client: MlflowClient, run) -> dict:
    client.create_registered_model("paged")
    client.create_model_version("paged", f"{run.info.artifact_uri}/m", run_id=run.info.run_id)
    path = "/model-versions/get-artifact"
    one = {"name": "paged", "version": "1"}
    found = {file: get(path, one | {"path": file}) for file in ("MLmodel", "a b.json", "absent", "", ".", "deep", "deep/", "../x", "/etc", "a#b")}
    found["part"] = get(path, one | {"path": "MLmodel"}, headers={"range": "bytes=1-2"})
    for name, query in {
        "no path": one,
        "no name": {"version": "1", "path": "MLmodel"},
        "unknown": {"name": "none", "version": "1", "path": "MLmodel"},
        "no such version": one | {"version": "9", "path": "MLmodel"},
        "no version at all": one | {"version": "x", "path": "MLmodel"},
        "path first": {"name": "none", "version": "x", "path": "../x"},
    }.items():
        found[name] = get(path, query)
    return found


def runs(run) -> dict:
    path = "/get-artifact"
    one = {"run_id": run.info.run_id}
    found = {file: get(path, one | {"path": file}) for file in ("m/MLmodel", "m", "m/", "", "absent", "../x", "%2e%2e/x")}
    found["uuid"] = get(path, {"run_uuid": run.info.run_id, "path": "m/MLmodel"})
    found["no path"] = get(path, one)
    found["head"] = {name: requests.head(SERVER + path, params=one | {"path": "m/MLmodel"}, timeout=60).headers.get(name) for name in FIELDS}
    return found


def models(client: MlflowClient, experiment: str) -> dict:
    model = client.create_logged_model(experiment, name="paged").model_id
    NAMES[model] = "model"
    put(f"{experiment}/models/{model}/artifacts/d/f.txt", b"of the model")
    path = f"/logged-models/{model}/artifacts/files"
    found = {
        file: get(f"/ajax-api/2.0/mlflow{path}", {"artifact_file_path": file}) for file in ("d/f.txt", "d", "absent", "", "../x", "/etc", "a#b")
    }
    found["no path"] = get(f"/ajax-api/2.0/mlflow{path}")
    found["unknown"] = get("/ajax-api/2.0/mlflow/logged-models/none/artifacts/files", {"artifact_file_path": "d"})
    found["not for clients"] = get(f"/api/2.0/mlflow{path}", {"artifact_file_path": "d/f.txt"})
    return found


def spans(answer: requests.Response) -> list:
    times = ("start_time_unix_nano", "end_time_unix_nano")
    return [
        {name: value for name, value in span.items() if name not in (*times, "trace_id", "span_id", "parent_span_id")}
        | {"times": [type(span[name]).__name__ for name in times], "root": span["parent_span_id"] is None}
        for span in json.loads(plain(answer.content.decode()))["spans"]
    ]


def traces(experiment: str) -> dict:
    with mlflow.start_span("root") as root:
        root.set_inputs({"a": 1})
        root.set_outputs("é x")
        with mlflow.start_span("child") as child:
            child.set_attribute("f", 1.5)
    mlflow.flush_trace_async_logging()
    trace = root.trace_id
    NAMES[trace] = "trace"
    whole = requests.get(SERVER + PAGES, params={"request_id": trace}, timeout=60)
    found = {"spans": spans(whole), "fields": {name: whole.headers.get(name) for name in FIELDS if name not in ("content-length", "accept-ranges")}}
    old = requests.post(f"{SERVER}/api/2.0/mlflow/traces", json={"experiment_id": experiment, "timestamp_ms": 5}, timeout=60)
    old = old.json()["trace_info"]["request_id"]
    NAMES[old] = "old trace"
    found["old, without spans"] = get(PAGES, {"request_id": old})
    put(f"{experiment}/traces/{old}/artifacts/traces.json", b'{"spans": []}')
    put(f"{experiment}/traces/{old}/artifacts/attachments/{ATTACHMENT}", b"attached")
    found["old"] = get(PAGES.replace("3.0", "2.0"), {"request_id": old})
    for file in (ATTACHMENT, "x", "a/b", "../x", "%2e%2e/x", f"{ATTACHMENT}.png"):
        found[f"attached {file}"] = get(PAGES, {"request_id": old, "path": file})
    found["unknown"] = [get(PAGES, query) for query in ({}, {"request_id": ""}, {"request_id": "none"}, {"request_id": "none", "path": ATTACHMENT})]
    return found


def correlations() -> dict:
    experiment = mlflow.create_experiment("correlated")
    NAMES[f'"{experiment}"'] = "experiment"
    for number in range(6):
        info = {"trace_id": f"tr-{number}", "trace_location": {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}}
        info |= {"request_time": "2025-01-01T00:00:00Z", "state": "OK" if number % 2 else "ERROR"}
        info["tags"] = {"k": "a" if number < 4 else "b", "n": str(number)}
        requests.post(f"{SERVER}/api/3.0/mlflow/traces", json={"trace": {"trace_info": info}}, timeout=60).raise_for_status()

    def asked(**body) -> object:
        body = {name: value for name, value in ({"experiment_ids": [experiment]} | body).items() if value is not None}
        answer = requests.post(f"{SERVER}/api/3.0/mlflow/traces/calculate-filter-correlation", json=body, timeout=60)
        return answer.json() if answer.ok else seen(answer)

    ok, failed, a, b = "status = 'OK'", "status = 'ERROR'", "tags.k = 'a'", "tags.k = 'b'"
    pairs = [(ok, a), (failed, b), (failed, failed), ("tags.k LIKE '%'", "tags.n LIKE '%'"), (failed, ok), ("tags.k = 'none'", a)]
    found = {f"{one}; {other}": asked(filter_string1=one, filter_string2=other) for one, other in pairs}
    found["among some"] = asked(filter_string1=failed, filter_string2=b, base_filter="tags.n != '5'")
    found["among none"] = asked(filter_string1=failed, filter_string2=b, base_filter="")
    found["of no experiment"] = asked(filter_string1=failed, filter_string2=b, experiment_ids=[])
    found["of an unknown one"] = asked(filter_string1=failed, filter_string2=b, experiment_ids=["99999"])
    found["refusals"] = [
        asked(filter_string1="", filter_string2=a),
        asked(filter_string2=a),
        asked(filter_string1=5, filter_string2=a),
        asked(filter_string1="status", filter_string2=a),
        asked(filter_string1=ok, filter_string2=a, base_filter="bogus"),
        asked(filter_string1=ok, filter_string2=a, base_filter=4),
        asked(filter_string1=ok, filter_string2=a, experiment_ids=["x"]),
        asked(filter_string1=ok, filter_string2=a, experiment_ids=None),
    ]
    return found


def pages() -> dict:
    requested = [
        ("GET", "/nowhere"),
        ("GET", "/api/2.0/mlflow/nowhere"),
        ("POST", "/ajax-api/2.0/mlflow/nowhere"),
        ("GET", "/api/2.0/mlflow/metrics/get-history-bulk"),
        ("GET", "/api/2.0/mlflow/runs/create"),
        ("POST", "/api/2.0/mlflow/runs/get"),
        ("DELETE", "/api/2.0/mlflow/experiments/get"),
        ("PATCH", "/api/2.0/mlflow-artifacts/artifacts/x"),
        ("POST", "/get-artifact"),
        ("PUT", "/health"),
    ]
    found = {f"{method} {path}": seen(requests.request(method, SERVER + path, timeout=60)) for method, path in requested}
    allowed = requests.post(f"{SERVER}/api/2.0/mlflow/runs/get", timeout=60).headers["allow"]
    return found | {"allowed": sorted(allowed.split(", "))}


def histories() -> dict:
    """Metrics as plots ask them: of several runs, all of them or so many steps in an interval."""
    # Ordered as the server orders them.
    runs = sorted(MlflowClient().create_run(mlflow.get_experiment_by_name("paged").experiment_id).info.run_id for _ in range(2))
    for number, run in enumerate(runs):
        NAMES[run] = f"run {number}"
        points = [Metric("loss", step * 0.5 - number, 1_000 + 10 * step, step) for step in range(0, 40 + 30 * number)]
        points += [Metric("loss", 9.5, 5_000, 7), Metric("loss", 8.5, 4_000, 7), Metric("once", 1.0, 1, 3)]
        MlflowClient().log_batch(run, metrics=points)

    def asked(path: str, *query: tuple) -> dict:
        answer = requests.get(f"{SERVER}/ajax-api/2.0/mlflow/metrics/{path}", params=list(query), timeout=60)
        if not answer.ok or "metrics" not in answer.json():
            return seen(answer)
        points = [{name: plain(str(value)) for name, value in point.items()} for point in answer.json()["metrics"]]
        return {"status": answer.status_code, "points": [" ".join(f"{name}={point[name]}" for name in sorted(point)) for point in points]}

    both, loss = [("run_ids", run) for run in runs], ("metric_key", "loss")
    bulk = [("run_id", run) for run in runs]
    interval = "get-history-bulk-interval"
    return {
        "bulk": asked("get-history-bulk", *bulk, loss),
        "bulk, few": asked("get-history-bulk", *bulk, loss, ("max_results", 3)),
        "bulk, no such metric": asked("get-history-bulk", *bulk, ("metric_key", "none")),
        "bulk, no runs": asked("get-history-bulk", loss),
        "bulk, no key": asked("get-history-bulk", *bulk),
        "bulk, too many runs": asked("get-history-bulk", *bulk * 51, loss),
        "all": asked(interval, *both, loss),
        "few": asked(interval, *both, loss, ("max_results", 5)),
        "one": asked(interval, *both, loss, ("max_results", 1)),
        "within": asked(interval, *both, loss, ("start_step", 5), ("end_step", 70), ("max_results", 7)),
        "one step": asked(interval, *both, loss, ("start_step", 7), ("end_step", 7)),
        "beyond": asked(interval, *both, loss, ("start_step", 500), ("end_step", 600)),
        "once": asked(interval, *both, ("metric_key", "once"), ("max_results", 2)),
        "no such metric": asked(interval, *both, ("metric_key", "none")),
        "no end": asked(interval, *both, loss, ("start_step", 5)),
        "no start": asked(interval, *both, loss, ("end_step", 5)),
        "backward": asked(interval, *both, loss, ("start_step", 9), ("end_step", 5)),
        "no results": asked(interval, *both, loss, ("max_results", 0)),
        "too many results": asked(interval, *both, loss, ("max_results", 2_501)),
        "no runs": asked(interval, loss),
        "no key": asked(interval, *both),
        "too many runs": asked(interval, *both * 51, loss),
        "no run": asked(interval, ("run_ids", "0" * 32), loss),
    }


def main() -> None:
    mlflow.set_tracking_uri(SERVER)
    client = MlflowClient()
    experiment = mlflow.set_experiment("paged").experiment_id
    with mlflow.start_run() as run:
        NAMES[run.info.run_id] = "run"
        mlflow.log_text("hello", "m/MLmodel")
        mlflow.log_text("{}", "m/a b.json")
        mlflow.log_text("x", "m/deep/x")
    found = {"versions": versions(client, run), "runs": runs(run), "models": models(client, experiment), "traces": traces(experiment)}
    found |= {"correlations": correlations(), "histories": histories(), "pages": pages()}
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
