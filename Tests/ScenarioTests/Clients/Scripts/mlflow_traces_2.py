#!/usr/bin/env python3
"""Traces with the client of MLflow 2, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_traces_2.py PORT

What differs from server to server by nature (ids, times, places) is replaced. The test compares the output with mlflow_traces_2.json,
which a real server of MLflow 3.17.2 answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --port PORT --workers 1
    mlflow_traces_2.py PORT > mlflow_traces_2.json
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
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import SpanEvent  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

SERVER = f"http://127.0.0.1:{sys.argv[1]}"
NAMES: dict[str, str] = {}
OWN = ("mlflow.source.", "mlflow.user", "mlflow.artifactLocation")


def plain(value: object) -> object:
    """A value in which each id stands under its own name."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if not isinstance(value, str):
        return value
    for found, name in NAMES.items():
        value = value.replace(found, f"<{name}>")
    # What a database's driver says is its own, and so is its order of sets. NaN is no JSON to who compares.
    value = re.sub(r"constraint failed.*", "constraint failed", value, flags=re.DOTALL)
    return re.sub(r"'?\{('.*?')\}'?", lambda found: "{" + ", ".join(sorted(found[1].split(", "))) + "}", value)


def seen_info(info) -> dict:
    return plain(
        {
            "id": info.request_id,
            "status": str(info.status),
            "lasts": info.execution_time_ms is not None,
            "tags": {key: value for key, value in info.tags.items() if not key.startswith(OWN)},
            "metadata": {key: value for key, value in info.request_metadata.items() if not key.startswith(OWN)},
        }
    )


def seen_span(span) -> dict:
    return plain(
        {
            "name": span.name,
            "type": span.span_type,
            "status": [str(span.status.status_code), span.status.description],
            "has parent": span.parent_id is not None,
            "inputs": span.inputs,
            "outputs": span.outputs,
            "attributes": {key: value for key, value in span.attributes.items() if key != "mlflow.traceRequestId"},
            "events": [[event.name, "exception.stacktrace" in event.attributes or dict(event.attributes)] for event in span.events],
        }
    )


def refusal(operation) -> dict:
    try:
        operation()
    except MlflowException as error:
        return {"code": error.error_code, "message": plain(error.message)}
    return {"code": None, "message": "no refusal"}


@mlflow.trace(span_type="TOOL", attributes={"city": "Bern"})
def weather(city: str, days: int) -> dict:
    return {"city": city, "degrees": [3.5, days]}


@mlflow.trace
def failing() -> None:
    raise ValueError("no such place")


def named(name: str) -> str:
    trace = mlflow.get_last_active_trace_id()
    NAMES[trace] = name
    return trace


def tracing(client: MlflowClient) -> dict:
    with mlflow.start_span("ask", span_type="CHAIN", attributes={"one": 1, "text": 'quo"te é', "nested": {"a": [None, True]}}) as span:
        span.set_inputs({"question": "how warm?", "nan": float("nan")})
        with mlflow.start_span("model") as inner:
            inner.add_event(SpanEvent("seen", attributes={"count": 1, "list": ["a", "b"]}))
        weather("Bern", 2)
        mlflow.update_current_trace(tags={"team": "ads"})
        span.set_outputs({"answer": [1, 2.5]})
    ask = named("ask")
    weather("Chur", 1)
    named("chur")
    try:
        failing()
    except ValueError:
        failed = named("failing")
    root = client.start_trace("by hand", inputs={"a": 1}, tags={"by": "hand"}, attributes={"x": "y"})
    NAMES[root.request_id] = "hand"
    child = client.start_span("part", root.request_id, parent_id=root.span_id, inputs=[1])
    client.end_span(root.request_id, child.span_id, outputs=2)
    client.end_trace(root.request_id, outputs="done", status="OK")
    trace = client.get_trace(ask)
    spans = [seen_span(span) for span in trace.data.spans]
    return {
        "info": seen_info(trace.info),
        "spans": sorted(spans, key=lambda span: span["name"]),
        "data": [trace.data.request, trace.data.response],
        "failing": [seen_span(span) for span in client.get_trace(failed).data.spans],
        "by hand": [seen_span(span) for span in client.get_trace(root.request_id).data.spans],
        "unknown": refusal(lambda: client.get_trace("tr-unknown")),
    }


def tagging(client: MlflowClient, ask: str) -> dict:
    client.set_trace_tag(ask, "stage", "try")
    client.set_trace_tag(ask, "gone", "soon")
    client.delete_trace_tag(ask, "gone")
    return {
        "tags": seen_info(client.get_trace(ask).info)["tags"],
        "refusals": [
            refusal(lambda: client.delete_trace_tag(ask, "gone")),
            refusal(lambda: client.set_trace_tag("tr-unknown", "a", "b")),
            refusal(lambda: client.set_trace_tag(ask, "..", "x")),
        ],
    }


FILTERS = [
    "",
    "trace.name = 'ask'",
    "trace.name = 'weather'",
    "trace.status = 'ERROR'",
    "status != 'ERROR'",
    "tags.team = 'ads'",
    "trace.timestamp > 0 AND trace.execution_time >= 0",
    "run_id = 'none'",
    "trace.bogus = 'x'",
    "bogus.x = 'y'",
    "name = ask",
]
ORDERS = [["timestamp ASC"], ["name", "timestamp"], ["status DESC", "timestamp_ms"]]


def searches(client: MlflowClient, experiment: str) -> dict:
    def names(text: str = "", order=None) -> object:
        try:
            return [plain(trace.info.request_id) for trace in client.search_traces([experiment], filter_string=text, order_by=order)]
        except MlflowException as error:
            return {"code": error.error_code, "message": plain(error.message)}

    found = {text or "all": names(text) for text in FILTERS}
    found["orders"] = {" ".join(order): names(order=order) for order in ORDERS}
    first = client.search_traces([experiment], max_results=3)
    rest = client.search_traces([experiment], max_results=3, page_token=first.token)
    found["pages"] = [len(first), len(rest), rest.token]
    found["with spans"] = [len(trace.data.spans) for trace in first]
    found["frame"] = sorted(mlflow.search_traces(experiment_ids=[experiment], max_results=1).columns)
    return found


def running(client: MlflowClient, experiment: str) -> dict:
    with mlflow.start_run() as run:
        weather("Visp", 3)
        named("visp")
    NAMES[run.info.run_id] = "run"
    linked = client.search_traces([experiment], filter_string=f"run_id = '{run.info.run_id}'")
    return {"of the run": [seen_info(trace.info) for trace in linked]}


def deleting(client: MlflowClient, experiment: str, ask: str) -> dict:
    found = {
        "one": client.delete_traces(experiment, request_ids=[ask, "tr-none"]),
        "old": client.delete_traces(experiment, max_timestamp_millis=1),
        "left": [plain(trace.info.request_id) for trace in client.search_traces([experiment])],
        "refusals": [
            refusal(lambda: client.delete_traces(experiment)),
            refusal(lambda: client.delete_traces(experiment, max_timestamp_millis=1, max_traces=0)),
        ],
    }
    found["gone"] = refusal(lambda: client.get_trace(ask))
    return found


def seen() -> dict:
    mlflow.set_tracking_uri(SERVER)
    client = MlflowClient()
    experiment = mlflow.set_experiment("traced by 2").experiment_id
    NAMES[f"/{experiment}/traces/"] = "traces"
    found = {"tracing": tracing(client)}
    ask = next(trace for trace, name in NAMES.items() if name == "ask")
    found["tagging"] = tagging(client, ask)
    found["searches"] = searches(client, experiment)
    found["running"] = running(client, experiment)
    found["deleting"] = deleting(client, experiment, ask)
    return found


def main() -> None:
    # The client tells where a run is on the output.
    with contextlib.redirect_stdout(sys.stderr):
        found = seen()
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
