"""Logs to a server that asks who is there, with what MLflow's variables say.

usage: NAME=… MLFLOW_TRACKING_…=… mlflow_access.py PORT
"""

import json
import os
import sys

os.environ |= {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{sys.argv[1]}", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}

import mlflow

client = mlflow.MlflowClient()
experiment = client.create_experiment(os.environ["NAME"])
run = client.create_run(experiment).info
client.log_text(run.run_id, "kept", "note.txt")
root = client.get_run(run.run_id).info.artifact_uri
print(json.dumps({"experiment": client.get_experiment(experiment).name, "artifact": mlflow.artifacts.load_text(f"{root}/note.txt")}))
