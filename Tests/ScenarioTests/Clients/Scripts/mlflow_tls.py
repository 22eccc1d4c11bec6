"""Logs a run and an artifact by TLS, trusting what MLFLOW_TRACKING_SERVER_CERT_PATH says.

usage: MLFLOW_TRACKING_SERVER_CERT_PATH=… mlflow_tls.py PORT
"""

import json
import os
import sys
import tempfile

os.environ |= {
    "MLFLOW_TRACKING_URI": f"https://127.0.0.1:{sys.argv[1]}", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
}

import mlflow

SIZE = 3_000_000

client = mlflow.MlflowClient()
try:
    experiment = client.create_experiment("by TLS")
except mlflow.exceptions.MlflowException as error:
    print(json.dumps({"refused": "CERTIFICATE_VERIFY_FAILED" in str(error)}))
    sys.exit()
run = client.create_run(experiment).info.run_id
client.log_metric(run, "loss", 0.5)
with tempfile.TemporaryDirectory() as folder:
    content = bytes(range(250)) * (SIZE // 250)
    with open(f"{folder}/large.bin", "wb") as file:
        file.write(content)
    client.log_artifact(run, f"{folder}/large.bin")
    path = client.download_artifacts(run, "large.bin", tempfile.mkdtemp(dir=folder))
    with open(path, "rb") as file:
        kept = file.read() == content
print(json.dumps({"metric": client.get_run(run).data.metrics["loss"], "artifact": kept}))
