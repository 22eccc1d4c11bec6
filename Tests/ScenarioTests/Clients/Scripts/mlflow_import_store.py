"""Makes a store by MLflow's own library or server: mlflow_import_store.py TRACKING_URI FOLDER_FOR_FILES.

What it holds is odd on purpose: late and repeated points, numbers that are none, names that are paths, what was deleted.
"""

import os
import sys
from pathlib import Path

os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"

import mlflow
from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag
from mlflow.tracking import MlflowClient

uri, artifacts = sys.argv[1], Path(sys.argv[2])
modern = int(mlflow.__version__.split(".")[0]) >= 3
client = MlflowClient(uri, uri)
mlflow.set_tracking_uri(uri)
files = artifacts / "input"
(files / "deep" / "er").mkdir(parents=True)
(files / "plain.txt").write_text("plain")
(files / "deep" / "er" / "all bytes.bin").write_bytes(bytes(range(256)))

first = client.create_experiment("first", tags={"team": "a\nb", "purpose": "ümlaut"})
place = (artifacts / "own").as_uri() if uri.startswith("file") else None
second = client.create_experiment("second", artifact_location=place)
gone = client.create_experiment("gone")


def log(experiment, name, **tags):
    run = client.create_run(experiment, start_time=1_700_000_000_000, tags={"mlflow.user": "ann", **tags}, run_name=name)
    return run.info.run_id


def points(run, key, *values):
    for start in range(0, len(values), 500):
        client.log_batch(run, metrics=[Metric(key, v, at, step) for v, at, step in values[start : start + 500]])


run = log(first, "many things", note="two\nlines")
points(run, "loss", *[(1 / (i + 1), 1_700_000_000_000 + i, i) for i in range(1100)])
points(run, "odd", (1.5, 30, 3), (2.5, 10, 1), (2.5, 10, 1), (float("nan"), 20, 2), (float("inf"), 40, 4), (float("-inf"), 50, -5))
points(run, "latest is none", (1.0, 1, 1), (float("nan"), 2, 2))
points(run, "a/path/to.it", (-0.0, 0, 0))
points(run, "huge", (1.7e308, 9_007_199_254_740_993, 9_007_199_254_740_993))
client.log_batch(run, params=[Param("depth", "5"), Param("text", "ä\nb  "), Param("a/b", ""), Param("long", "x" * 5000)])
client.log_batch(run, tags=[RunTag("empty", ""), RunTag("quoted", "'\"\\")])
client.log_artifacts(run, str(files))
client.log_artifact(run, str(files / "plain.txt"), "again")
sources = [("train", "d1", "http://x/y"), ("test", "d2", "http://x/z")]
client.log_inputs(
    run,
    [
        DatasetInput(Dataset(name, digest, "http", source, '{"a": 1}', '{"rows": 2}'), [InputTag("mlflow.data.context", name)])
        for name, digest, source in sources
    ],
)
client.set_terminated(run, "FINISHED", 1_700_000_009_000)

other = log(second, "elsewhere")
client.log_artifact(other, str(files / "plain.txt"))
client.set_terminated(other, "FAILED", 1_700_000_005_000)
client.log_inputs(other, [DatasetInput(Dataset("train", "d1", "http", "http://x/y"), [])])
deleted = log(first, "deleted")
points(deleted, "loss", (3.0, 1, 0))
client.delete_run(deleted)
log("0", "of the default")
lost = log(gone, "lost")
client.log_artifact(lost, str(files / "plain.txt"))
client.delete_experiment(gone)

client.create_registered_model("price", {"owner": "ann"}, "what it costs")
client.create_registered_model("empty model")
source = client.get_run(run).info.artifact_uri + "/deep"
for number in range(3):
    client.create_model_version("price", source, run, {"n": str(number)}, description=f"version {number}")
client.create_model_version("price", client.get_run(other).info.artifact_uri, other)
client.delete_model_version("price", "2")
client.transition_model_version_stage("price", "1", "Archived")
client.transition_model_version_stage("price", "3", "Production")
client.set_registered_model_alias("price", "champion", "3")
client.set_registered_model_alias("price", "challenger", "1")

if modern:
    from mlflow.entities import AssessmentSource, Expectation, Feedback, LoggedModelInput, LoggedModelOutput, LoggedModelStatus

    model = client.create_logged_model(first, "forest", run, {"kind": "tree"}, {"depth": "5"}, "agent")
    client.log_metric(run, "auc", 0.75, 1_700_000_000_001, 0, model_id=model.model_id, dataset_name="train", dataset_digest="d1")
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 3)])
    client.log_inputs(run, [], [LoggedModelInput(model.model_id)])
    client.log_model_artifacts(model.model_id, str(files))
    client.finalize_logged_model(model.model_id, LoggedModelStatus.READY)
    failed = client.create_logged_model(first, "failed")
    client.finalize_logged_model(failed.model_id, LoggedModelStatus.FAILED)
    hidden = client.create_logged_model(second, "hidden")
    client.delete_logged_model(hidden.model_id)
    client.create_model_version("price", f"models:/{model.model_id}", None, model_id=model.model_id)

    mlflow.set_experiment("first")
    with mlflow.start_span("root", attributes={"mlflow.chat.tokenUsage": {"input_tokens": 3, "output_tokens": 4, "total_tokens": 7}}) as root:
        root.set_inputs({"question": "why?"})
        with mlflow.start_span("child", span_type="TOOL") as child:
            child.set_outputs([1, "ß"])
        root.set_outputs("because")
    mlflow.flush_trace_async_logging()
    trace = mlflow.get_last_active_trace_id()
    client.set_trace_tag(trace, "colour", "red")
    human = AssessmentSource("HUMAN", "ann")
    mlflow.log_assessment(trace, Feedback(name="good", value=True, source=human, rationale="it is", metadata={"k": "v"}))
    mlflow.log_assessment(trace, Expectation(name="answer", value={"is": ["this"]}, source=human))
    if not uri.startswith("file"):
        client.link_traces_to_run([trace], run)
        dataset = client.create_dataset("questions", [first], {"stage": "new"})
        dataset.merge_records([{"inputs": {"q": "one"}, "expectations": {"a": 1}}, {"inputs": {"q": "two"}, "tags": {"t": "u"}}])
