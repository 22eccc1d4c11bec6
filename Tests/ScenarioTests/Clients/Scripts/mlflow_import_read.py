"""Reads all that a store or a server shows: mlflow_import_read.py TRACKING_URI_OR_PORT. Prints JSON, in which places are told by their owners."""

import hashlib
import json
import math
import os
import re
import sys
import tempfile
from pathlib import Path

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
# MLflow 2's server answers 500 where there are no artifacts.
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"

import mlflow
from mlflow.entities import ViewType
from mlflow.tracking import MlflowClient

uri = sys.argv[1]
if uri.isdigit():
    uri = f"http://127.0.0.1:{uri}"
modern = int(mlflow.__version__.split(".")[0]) >= 3
client = MlflowClient(uri, uri)
mlflow.set_tracking_uri(uri)


def place(address):
    """What owns a place of artifacts, and the path within."""
    return re.sub(r"^.*/((?:m-|tr-)?[0-9a-f]{32})/artifacts", r"<\1>", address or "")


def number(value):
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        value = math.copysign(sys.float_info.max, value)
    # Some databases keep the sign of zero.
    return repr(float(value) + 0.0)


def files(address):
    """The digest of each file by its path."""
    if address.startswith("mlflow-artifacts:") or "://" not in address or address.startswith("file:"):
        with tempfile.TemporaryDirectory() as folder:
            try:
                root = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=folder))
            except Exception:
                return {}
            found = [path for path in root.rglob("*") if path.is_file()]
            return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}
    return {}


def run_of(run):
    run = client.get_run(run.info.run_id)
    info, data = run.info, run.data
    history = {
        key: sorted({(m.timestamp, m.step, number(m.value)) for m in client.get_metric_history(info.run_id, key)})
        for key in data.metrics
    }
    inputs = [
        [d.dataset.name, d.dataset.digest, d.dataset.source_type, d.dataset.source, d.dataset.schema, d.dataset.profile]
        + [sorted([t.key, t.value] for t in d.tags)]
        for d in run.inputs.dataset_inputs
    ]
    seen = {
        "info": [info.run_name, info.experiment_id, info.user_id, info.status, info.start_time, info.end_time, info.lifecycle_stage],
        "place": place(info.artifact_uri),
        "params": data.params,
        "tags": data.tags,
        "metrics": {key: number(value) for key, value in data.metrics.items()},
        "history": history,
        "inputs": sorted(inputs, key=str),
        "files": files(info.artifact_uri) if info.lifecycle_stage == "active" else {},
    }
    if modern:
        seen["model inputs"] = sorted(m.model_id for m in run.inputs.model_inputs)
        seen["model outputs"] = sorted([m.model_id, m.step] for m in run.outputs.model_outputs)
    return seen


def model_of(model):
    model = client.get_logged_model(model.model_id)
    metrics = [[m.key, number(m.value), m.timestamp, m.step, m.run_id, m.dataset_name, m.dataset_digest] for m in model.metrics or []]
    return {
        "info": [model.name, model.experiment_id, model.creation_timestamp, model.last_updated_timestamp, str(model.status)],
        "more": [model.model_type or "", model.source_run_id or ""],
        "place": place(model.artifact_location),
        "params": model.params,
        "tags": model.tags,
        "metrics": metrics,
        "files": files(model.artifact_location),
    }


def version_of(version):
    found = client.get_model_version(version.name, version.version)
    return {
        "info": [found.creation_timestamp, found.last_updated_timestamp, found.current_stage, found.description or "", found.run_id],
        "source": place(found.source),
        "download": place(client.get_model_version_download_uri(found.name, found.version)),
        "tags": found.tags,
        "aliases": sorted(found.aliases),
    }


def registered_of(model):
    model = client.get_registered_model(model.name)
    versions = client.search_model_versions(f"name='{model.name}'")
    return {
        "info": [model.creation_timestamp, model.last_updated_timestamp, model.description or ""],
        "tags": model.tags,
        "aliases": {name: int(version) for name, version in model.aliases.items()},
        "latest": sorted([int(version.version), version.current_stage] for version in model.latest_versions),
        "versions": {str(version.version): version_of(version) for version in versions},
    }


def trace_of(trace):
    info = client.get_trace(trace.info.request_id if not modern else trace.info.trace_id)
    spans = [[s.name, s.span_id, s.parent_id, s.start_time_ns, s.end_time_ns, s.inputs, s.outputs, s.attributes] for s in info.data.spans]
    info = info.info
    seen = {
        "info": [info.timestamp_ms, info.execution_time_ms, str(info.status), info.experiment_id],
        "tags": {key: place(value) for key, value in info.tags.items()},
        "metadata": dict(info.request_metadata),
        "spans": sorted(spans, key=lambda span: span[3]),
    }
    if modern:
        seen["assessments"] = sorted((a.to_dictionary() for a in info.assessments), key=lambda a: a["assessment_id"])
        seen["previews"] = [info.request_preview, info.response_preview]
    return seen


def dataset_of(dataset):
    records = dataset.to_df().to_dict("records") if hasattr(dataset, "to_df") else []
    keys = ["inputs", "outputs", "expectations", "tags", "source_type"]
    return {
        "info": [dataset.name, dataset.digest, dataset.schema, dataset.profile, dataset.created_time, dataset.last_update_time],
        "tags": dataset.tags,
        "experiments": dataset.experiment_ids,
        "records": sorted(([json.dumps(record.get(key), sort_keys=True) for key in keys] for record in records), key=str),
    }


everything = {"experiments": {}, "runs": {}, "registered": {}, "traces": {}, "models": {}, "datasets": {}}
for experiment in client.search_experiments(view_type=ViewType.ALL):
    everything["experiments"][experiment.experiment_id] = {
        "info": [experiment.name, experiment.lifecycle_stage, experiment.creation_time, experiment.last_update_time],
        "tags": experiment.tags,
    }
    if experiment.lifecycle_stage == "active":
        for run in client.search_runs([experiment.experiment_id], run_view_type=ViewType.ALL):
            everything["runs"][run.info.run_id] = run_of(run)
        for trace in client.search_traces([experiment.experiment_id]):
            everything["traces"][trace.info.request_id if not modern else trace.info.trace_id] = trace_of(trace)
        if modern:
            for model in client.search_logged_models([experiment.experiment_id]):
                everything["models"][model.model_id] = model_of(model)
for model in client.search_registered_models():
    everything["registered"][model.name] = registered_of(model)
if modern and not uri.startswith("file"):
    for dataset in client.search_datasets():
        everything["datasets"][dataset.dataset_id] = dataset_of(client.get_dataset(dataset.dataset_id))
json.dump(everything, sys.stdout, sort_keys=True, default=str)
