#!/usr/bin/env python3
"""Traces with MLflow's own client and with OpenTelemetry's protocol, and prints what it saw as JSON, so that two servers can be compared.

usage: mlflow_traces.py PORT

What differs from server to server by nature (ids, times, places) is replaced. The test compares the output with mlflow_traces.json,
which a real server answered:

    mlflow server --backend-store-uri sqlite:///tracking.db --port PORT --workers 1
    mlflow_traces.py PORT > mlflow_traces.json
"""

import gzip
import json
import logging
import os
import re
import sys

os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
os.environ["MLFLOW_ENABLE_ASYNC_TRACE_LOGGING"] = "false"
logging.disable(logging.CRITICAL)

import mlflow  # noqa: E402
import requests  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import AssessmentSource, Feedback, Link, SpanEvent  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest  # noqa: E402

SERVER = f"http://127.0.0.1:{sys.argv[1]}"
NAMES: dict[str, str] = {}
OWN_METADATA = ("mlflow.source.", "mlflow.user", "mlflow.trace.size", "mlflow.trace_schema")


def plain(value: object) -> object:
    """A value in which each id stands under its own name."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if not isinstance(value, str):
        return value
    for found, name in NAMES.items():
        value = value.replace(found, f"<{name}>")
    value = re.sub(r"\ba-[0-9a-f]{32}\b", "<assessment>", value)
    # What a database's driver says is its own, and so is its order of sets.
    value = re.sub(r"constraint failed.*", "constraint failed", value, flags=re.DOTALL)
    return re.sub(r"'?\{('.*?')\}'?", lambda found: "{" + ", ".join(sorted(found[1].split(", "))) + "}", value)


def seen_assessment(one) -> dict:
    return {
        "name": one.name,
        "value": one.value,
        "error": one.error.to_dictionary() if one.error else None,
        "source": [one.source.source_type, one.source.source_id],
        "rationale": one.rationale,
        "metadata": one.metadata,
        "span": one.span_id is not None,
        "valid": one.valid,
    }


def seen_info(info) -> dict:
    return plain(
        {
            "id": info.trace_id,
            "state": str(info.state),
            "lasts": info.execution_duration is not None,
            "client request": info.client_request_id,
            "previews": [info.request_preview, info.response_preview],
            "tags": info.tags,
            "metadata": {key: value for key, value in info.trace_metadata.items() if not key.startswith(OWN_METADATA)},
            "assessments": [seen_assessment(one) for one in info.assessments],
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
            "links": [[link.trace_id, link.span_id, link.attributes] for link in span.links],
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


def tracing(client: MlflowClient, experiment: str) -> dict:
    with mlflow.start_span("ask", span_type="CHAIN", attributes={"one": 1, "text": 'quo"te é', "nested": {"a": [None, True]}}) as span:
        span.set_inputs({"messages": [{"role": "user", "content": "how warm?"}]})
        with mlflow.start_span("model") as inner:
            inner.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7})
            inner.add_event(SpanEvent("seen", attributes={"count": 1, "list": ["a", "b"]}))
            inner.add_link(Link(trace_id="tr-" + "1" * 32, span_id="2" * 16, attributes={"why": "because"}))
        weather("Bern", 2)
        mlflow.update_current_trace(
            tags={"team": "ads"}, metadata={"mlflow.trace.session": "session-1", "mlflow.trace.user": "ann"}, client_request_id="request-1"
        )
        span.set_outputs({"answer": [1, 2.5]})
        NAMES[span.trace_id] = "ask"
        ask = span.trace_id
    weather("Chur", 1)
    NAMES[mlflow.get_last_active_trace_id()] = "chur"
    try:
        failing()
    except ValueError:
        NAMES[mlflow.get_last_active_trace_id()] = "failing"
    trace = mlflow.get_trace(ask)
    by_name = {name: trace for trace, name in NAMES.items()}
    return {
        "info": seen_info(trace.info),
        "spans": sorted((seen_span(span) for span in trace.data.spans), key=lambda span: span["name"]),
        "failing": [seen_span(span) for span in mlflow.get_trace(by_name["failing"]).data.spans],
        "all": [seen_info(found.info)["id"] for found in mlflow.search_traces(locations=[experiment], return_type="list")],
        "unknown": mlflow.get_trace("tr-unknown"),
        "again": refusal(lambda: client.set_trace_tag("tr-unknown", "a", "b")),
    }


def tagging(client: MlflowClient, ask: str) -> dict:
    client.set_trace_tag(ask, "stage", "try")
    client.set_trace_tag(ask, "gone", "soon")
    client.delete_trace_tag(ask, "gone")
    return {
        "tags": plain(client.get_trace(ask).info.tags),
        "refusals": [
            refusal(lambda: client.delete_trace_tag(ask, "gone")),
            refusal(lambda: client.set_trace_tag(ask, "mlflow.trace.spansLocation", "x")),
            refusal(lambda: client.set_trace_tag(ask, "..", "x")),
        ],
    }


def assessing(ask: str) -> dict:
    human = AssessmentSource(source_type="HUMAN", source_id="ann")
    first = mlflow.log_feedback(trace_id=ask, name="score", value=5, source=human, rationale="good", metadata={"a": "1"})
    mlflow.log_feedback(trace_id=ask, name="polite", value=True)
    mlflow.log_feedback(trace_id=ask, name="parts", value={"a": [1, "x"]})
    mlflow.log_feedback(trace_id=ask, name="broken", error=ValueError("no answer"))
    mlflow.log_expectation(trace_id=ask, name="right", value=["a", {"b": 1}], source=human)
    mlflow.log_expectation(trace_id=ask, name="number", value=2.5)
    found = {"score": seen_assessment(mlflow.get_assessment(ask, first.assessment_id))}
    changed = mlflow.update_assessment(
        ask, first.assessment_id, Feedback(name="score", value=6, rationale="better", metadata={"b": "2"})
    )
    found["changed"] = seen_assessment(changed)
    over = mlflow.override_feedback(trace_id=ask, assessment_id=first.assessment_id, value=1, rationale="worse")
    found["overridden"] = mlflow.get_assessment(ask, first.assessment_id).valid
    mlflow.delete_assessment(ask, over.assessment_id)
    found["restored"] = mlflow.get_assessment(ask, first.assessment_id).valid
    kept = [seen_assessment(one) for one in mlflow.get_trace(ask).info.assessments]
    for one in kept:
        if one["error"]:
            one["error"]["stack_trace"] = None
    found["kept"] = sorted(kept, key=lambda one: one["name"])
    found["refusals"] = [
        refusal(lambda: mlflow.get_assessment(ask, "a-none")),
        refusal(lambda: mlflow.get_assessment("tr-none", "a-none")),
        refusal(lambda: mlflow.log_feedback(trace_id="tr-none", name="x", value=1)),
    ]
    return found


FILTERS = [
    "",
    "trace.name = 'ask'",
    "trace.name LIKE '%a%'",
    "trace.name ILIKE 'WEATHER'",
    "trace.status = 'ERROR'",
    "status != 'ERROR'",
    "tags.team = 'ads'",
    "tags.team IS NULL",
    "metadata.`mlflow.trace.session` = 'session-1'",
    "metadata.`mlflow.trace.tokenUsage` IS NOT NULL",
    "trace.client_request_id = 'request-1'",
    "trace.timestamp > 0 AND trace.execution_time >= 0",
    "span.name = 'weather'",
    "span.type = 'TOOL' AND span.name = 'weather'",
    "span.status = 'ERROR'",
    "span.attributes.city LIKE '%Bern%'",
    "span.attributes.city = 'Bern'",
    "trace.text LIKE '%Chur%'",
    "trace.text LIKE '%quo%te é%'",
    "feedback.score = '6.0'",
    "feedback.score > 5",
    "feedback.polite = 'true'",
    "feedback.score IS NULL",
    "expectation.right IS NOT NULL",
    "prompt = 'none/1'",
    "run_id = 'none'",
]
REFUSED = [
    "feedback.score = 5",
    "trace.bogus = 'x'",
    "bogus.x = 'y'",
    "metadata.`mlflow.trace.tokenUsage` LIKE 'x'",
    "span.bogus = 'x'",
    "name = ask",
    "timestamp LIKE 'x'",
]
ORDERS = [["timestamp ASC"], ["name", "timestamp"], ["status DESC", "timestamp_ms"], ["tags.team", "timestamp DESC"]]


def searches(client: MlflowClient, experiment: str) -> dict:
    def names(text: str = "", order=None, **more) -> list:
        page = client.search_traces(locations=[experiment], filter_string=text, order_by=order, include_spans=False, **more)
        return [plain(trace.info.trace_id) for trace in page]

    found = {text: names(text) for text in FILTERS}
    found["orders"] = {" ".join(order): names(order=order) for order in ORDERS}
    found["refusals"] = {text: refusal(lambda text=text: names(text)) for text in REFUSED}
    found["refused orders"] = [refusal(lambda: names(order=["bogus"])), refusal(lambda: names(order=["timestamp UP"]))]
    first = client.search_traces(locations=[experiment], max_results=2, include_spans=False)
    rest = client.search_traces(locations=[experiment], max_results=2, page_token=first.token, include_spans=False)
    found["pages"] = [len(first), len(rest)]
    found["with spans"] = [len(trace.data.spans) for trace in client.search_traces(locations=[experiment])]
    found["frame"] = sorted(mlflow.search_traces(locations=[experiment], max_results=1).columns)
    return found


def running(client: MlflowClient, experiment: str) -> dict:
    with mlflow.start_run() as run:
        weather("Visp", 3)
        NAMES[mlflow.get_last_active_trace_id()] = "visp"
    NAMES[run.info.run_id] = "run"
    linked = client.search_traces(locations=[experiment], run_id=run.info.run_id)
    return {"of the run": [seen_info(trace.info) for trace in linked]}


def sent(experiment: str, headers: dict, body: bytes, **more: str) -> list:
    headers = {"x-mlflow-experiment-id": experiment, **headers, **{key.replace("_", "-"): value for key, value in more.items()}}
    answer = requests.post(f"{SERVER}/v1/traces", headers=headers, data=body, timeout=60)
    return [answer.status_code, answer.headers["content-type"], plain(answer.text)]


def protocol(experiment: str) -> dict:
    """OpenTelemetry's protocol without MLflow's client."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    attribute = group.resource.attributes.add()
    attribute.key, attribute.value.string_value = "service.name", "shop"
    span = group.scope_spans.add().spans.add()
    span.trace_id, span.span_id, span.name = bytes(range(16)), bytes(range(8)), "checkout"
    span.start_time_unix_nano, span.end_time_unix_nano = 1735689600_000_000_000, 1735689601_500_000_000
    for key, value in {"input.value": "ask", "output.value": '{"a": 1}', "openinference.span.kind": "LLM", "plain": "1"}.items():
        attribute = span.attributes.add()
        attribute.key, attribute.value.string_value = key, value
    for key, value in {"llm.token_count.prompt": 3, "llm.token_count.completion": 4}.items():
        attribute = span.attributes.add()
        attribute.key, attribute.value.int_value = key, value
    attribute = span.attributes.add()
    attribute.key, attribute.value.bytes_value = "bytes", b"\x00'\xff"
    span.status.code, span.status.message = 2, "declined"
    body = request.SerializeToString()
    protobuf, text = {"content-type": "application/x-protobuf"}, {"content-type": "application/json"}
    other = {"traceId": "ff" * 16, "spanId": "0102030405060708", "name": "other"}
    other |= {"startTimeUnixNano": "1735689700000000000", "endTimeUnixNano": "1735689700000000001"}
    found = {
        "plain": sent(experiment, protobuf, body),
        "compressed": sent(experiment, {**protobuf, "content-encoding": "gzip"}, gzip.compress(body)),
        "json": sent(experiment, text, json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [other]}]}]}).encode()),
        "refusals": [
            sent(experiment, {"content-type": "text/plain"}, body),
            sent(experiment, protobuf, b""),
            sent(experiment, protobuf, b"\xff\xff"),
            sent(experiment, text, b"{"),
            sent(experiment, text, b'{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"x"}]}]}]}'),
            [requests.post(f"{SERVER}/v1/traces", data=body, timeout=60).status_code],
        ],
    }
    for name in ("000102030405060708090a0b0c0d0e0f", "ff" * 16):
        trace = mlflow.get_trace(f"tr-{name}")
        found[name] = {
            "info": {**seen_info(trace.info), "request time": trace.info.request_time, "duration": trace.info.execution_duration},
            "spans": [seen_span(span) for span in trace.data.spans],
        }
    return found


def deleting(client: MlflowClient, experiment: str, ask: str) -> dict:
    found = {
        "one": client.delete_traces(experiment, trace_ids=[ask, "tr-none"]),
        "old": client.delete_traces(experiment, max_timestamp_millis=1735689650_000, max_traces=5),
        "left": [seen_info(trace.info)["id"] for trace in client.search_traces(locations=[experiment], include_spans=False)],
        "refusals": [
            refusal(lambda: client.delete_traces(experiment)),
            refusal(lambda: client.delete_traces(experiment, max_timestamp_millis=1, trace_ids=["a"])),
            refusal(lambda: client.delete_traces(experiment, max_timestamp_millis=1, max_traces=0)),
        ],
    }
    found["gone"] = mlflow.get_trace(ask)
    return found


def main() -> None:
    mlflow.set_tracking_uri(SERVER)
    client = MlflowClient()
    experiment = mlflow.set_experiment("traced").experiment_id
    NAMES[f"/{experiment}/traces/"] = "traces"
    found = {"tracing": tracing(client, experiment)}
    ask = next(trace for trace, name in NAMES.items() if name == "ask")
    found["tagging"] = tagging(client, ask)
    found["assessing"] = assessing(ask)
    found["searches"] = searches(client, experiment)
    found["running"] = running(client, experiment)
    found["protocol"] = protocol(experiment)
    found["deleting"] = deleting(client, experiment, ask)
    json.dump(found, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
