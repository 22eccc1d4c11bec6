"""Trains with autologging, registers, promotes and loads models as scripts of MLflow's users do, and prints what came of it as JSON.

usage: mlflow_models.py PORT
"""

import contextlib
import json
import logging
import os
import sys
import tempfile
import warnings

os.environ |= {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{sys.argv[1]}", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}
os.environ |= {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
warnings.filterwarnings("ignore")

import lightgbm
import mlflow
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

logging.disable(logging.WARNING)
generator = np.random.default_rng(7)
rows = pd.DataFrame(generator.normal(size=(200, 4)), columns=["a", "b", "c", "d"])
labels = (rows["a"] + rows["b"] > 0).astype(int)
client = mlflow.MlflowClient()
seen: dict = {"major": int(mlflow.__version__.split(".")[0])}


def logged(run_id: str) -> dict:
    data = client.get_run(run_id).data
    return {"params": data.params, "metrics": data.metrics}


def files(run_id: str, path: str | None = None) -> list[str]:
    return sorted(entry.path for entry in client.list_artifacts(run_id, path))


def sklearn_autolog() -> None:
    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(log_models=True, log_datasets=True)
    model = LogisticRegression(C=0.5).fit(rows, labels)
    mlflow.sklearn.autolog(disable=True)
    run = mlflow.last_active_run()
    found = logged(run.info.run_id)
    seen["sklearn autolog"] = {
        "status": run.info.status,
        "C": found["params"].get("C"),
        "accuracy": found["metrics"].get("training_accuracy_score") == model.score(rows, labels),
        "inputs": len(client.get_run(run.info.run_id).inputs.dataset_inputs) > 0,
        "flavor": run.data.tags.get("estimator_class"),
    }


def lightgbm_autolog() -> None:
    mlflow.lightgbm.autolog(log_models=False)
    with mlflow.start_run(run_name="trees") as run:
        data = lightgbm.Dataset(rows, labels, free_raw_data=False)
        parameters = {"objective": "binary", "num_leaves": 4, "verbosity": -1, "num_threads": 1, "seed": 1}
        booster = lightgbm.train(parameters, data, 5, valid_sets=[data], valid_names=["train"])
    mlflow.lightgbm.autolog(disable=True)
    history = client.get_metric_history(run.info.run_id, "train-binary_logloss")
    seen["lightgbm autolog"] = {
        "leaves": logged(run.info.run_id)["params"].get("num_leaves"),
        "steps": [point.step for point in history],
        "falls": history[-1].value < history[0].value,
        "importance": any("feature_importance" in path for path in files(run.info.run_id)),
    }
    registered("booster", booster, lambda: mlflow.lightgbm.log_model(booster, **place("model"), registered_model_name="booster"))


def place(name: str) -> dict:
    return {"name": name} if seen["major"] > 2 else {"artifact_path": name}


def registered(name: str, model: object, log) -> None:
    """Logs and registers a model, gives it an alias, and loads it by that and by its version."""
    with mlflow.start_run():
        log()
    version = client.search_model_versions(f"name = '{name}'")[0].version
    client.set_registered_model_alias(name, "champion", version)
    client.set_model_version_tag(name, version, "checked", "yes")
    truth = model.predict(rows)
    by_alias = mlflow.pyfunc.load_model(f"models:/{name}@champion").predict(rows)
    by_version = mlflow.pyfunc.load_model(f"models:/{name}/{version}").predict(rows)
    found = client.get_model_version_by_alias(name, "champion")
    with tempfile.TemporaryDirectory() as folder:
        local = mlflow.artifacts.download_artifacts(f"models:/{name}@champion", dst_path=folder)
        downloaded = os.path.exists(os.path.join(local, "MLmodel"))
    seen[name] = {
        "version": found.version,
        "aliases": list(found.aliases),
        "tags": found.tags,
        "by alias": bool(np.array_equal(by_alias, truth)),
        "by version": bool(np.array_equal(by_version, truth)),
        "downloaded": downloaded,
        "listed": [each.name for each in client.search_registered_models(f"name = '{name}'")],
    }


def sklearn_model() -> None:
    model = LogisticRegression().fit(rows, labels)
    registered(
        "classifier",
        model,
        lambda: mlflow.sklearn.log_model(model, **place("model"), registered_model_name="classifier", input_example=rows[:2]),
    )


def searches() -> None:
    best = mlflow.search_runs(experiment_names=["autolog"], filter_string="params.C = '0.5'", order_by=["metrics.training_score DESC"])
    seen["searches"] = {"by parameter": len(best), "columns": "metrics.training_accuracy_score" in best.columns}


# The client says on standard output where its runs are to be seen.
with contextlib.redirect_stdout(sys.stderr):
    sklearn_autolog()
    lightgbm_autolog()
    sklearn_model()
    searches()
print(json.dumps(seen, indent=1, sort_keys=True))
