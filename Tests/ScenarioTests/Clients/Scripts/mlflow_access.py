"""Logs to a server that asks who is there, with what MLflow's variables say.

usage: NAME=… MLFLOW_TRACKING_…=… mlflow_access.py PORT
"""

import json
import os
import sys

os.environ |= {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{sys.argv[1]}", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}
# A large file goes in parts, which the client sends with what the server tells it alone.
os.environ["MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD"] = "true"
os.environ["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "1000000"
os.environ["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = "300000"

import mlflow

client = mlflow.MlflowClient()
experiment = client.create_experiment(os.environ["NAME"])
run = client.create_run(experiment).info
client.log_text(run.run_id, "kept", "note.txt")
client.log_text(run.run_id, "large" * 240_000, "large.txt")
root = client.get_run(run.run_id).info.artifact_uri
large = mlflow.artifacts.load_text(f"{root}/large.txt") == "large" * 240_000
print(json.dumps({"experiment": client.get_experiment(experiment).name, "artifact": mlflow.artifacts.load_text(f"{root}/note.txt"), "large": large}))
