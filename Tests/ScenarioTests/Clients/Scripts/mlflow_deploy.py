"""Registers two versions of a booster and one of a model that Python runs, and prints what each predicts as JSON.

usage: mlflow_deploy.py PORT
"""

import json
import logging
import os
import pathlib
import sys
import tempfile
import warnings

os.environ |= {"MLFLOW_TRACKING_URI": f"http://127.0.0.1:{sys.argv[1]}", "MLFLOW_DISABLE_TELEMETRY": "true", "GIT_PYTHON_REFRESH": "quiet"}
os.environ |= {"MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
warnings.filterwarnings("ignore")

import lightgbm
import mlflow
import numpy as np
from sklearn.linear_model import LinearRegression

logging.disable(logging.WARNING)
generator = np.random.default_rng(3)
rows = generator.normal(size=(300, 4))
target = rows @ [1.0, 2.0, 3.0, 4.0] + 1.0
asked = [[1.0, 2.0, 3.0, 4.0], [0.5, -1.0, 0.0, 2.0]]
client = mlflow.MlflowClient()
seen: dict = {"asked": asked, "boosters": []}
# The client tells people where to look at their runs.
output, sys.stdout = sys.stdout, sys.stderr

mlflow.set_experiment("deployed")
for factor in (1.0, 2.0):
    booster = lightgbm.train({"verbose": -1, "num_threads": 1, "seed": 1}, lightgbm.Dataset(rows, target * factor), 20)
    with mlflow.start_run():
        logged = mlflow.lightgbm.log_model(booster, name="model", registered_model_name="price")
    # As loaded: what was trained sums its trees with a rounding of its own.
    seen["boosters"].append(mlflow.lightgbm.load_model(logged.model_uri).predict(asked).tolist())
client.set_registered_model_alias("price", "champion", 1)

linear = LinearRegression().fit(rows, target)
seen["linear"] = linear.predict(asked).tolist()
with tempfile.TemporaryDirectory() as place, mlflow.start_run() as run:
    folder = pathlib.Path(place) / "linear"
    mlflow.sklearn.save_model(linear, folder, input_example=rows[:1])
    # An environment of the test's own, so that none has to be made of what the model requires.
    (folder / "model.yaml").write_text(f"python_environment: {sys.prefix}\nstart_seconds: 300\n")
    mlflow.log_artifacts(str(folder), "linear")
client.create_registered_model("linear")
client.create_model_version("linear", f"{run.info.artifact_uri}/linear", run.info.run_id)
print(json.dumps(seen), file=output)
