"""Writes mlflow.json: request bodies as MLflow's client code makes them, and the rows that they hold.

python -m venv v && v/bin/pip install mlflow-skinny==3.17.0 pandas==3.1.1 scipy && v/bin/python make-mlflow.py
"""

import json
import pathlib

import numpy as np
import pandas as pd
from mlflow.utils.proto_json_utils import dump_input_data

FOLDER = pathlib.Path(__file__).parent
ROWS = [[1.5, -2.0, 0.1], [None, 1e-7, 3e20], [0.0, 12345.678901234567, -0.25]]
frame = pd.DataFrame(ROWS, columns=["a", "b", "c"])
array = np.array(ROWS, dtype=np.float64)

bodies = {
    "data frame": ("application/json", dump_input_data(frame)),
    "data frame with parameters": ("application/json", dump_input_data(frame, params={"threshold": 0.5})),
    "data frame of other order and more columns": (
        "application/json",
        dump_input_data(frame.assign(city=["Oslo", None, "Bergen"])[["city", "c", "a", "b"]]),
    ),
    "array as inputs": ("application/json", dump_input_data(array)),
    "array as instances": ("application/json", dump_input_data(array, inputs_key="instances")),
    "records": ("application/json; charset=utf-8", json.dumps({"dataframe_records": frame.to_dict(orient="records")})),
    "records as inputs": ("application/json", dump_input_data(frame.to_dict(orient="records"))),
    "columns as inputs": ("application/json", json.dumps({"inputs": frame.to_dict(orient="list")})),
    "CSV": ("text/csv", frame.to_csv(index=False)),
    "CSV with an index": ("text/csv; charset=utf-8", frame.to_csv()),
}
fixture = {
    "rows": ROWS,
    "bodies": [{"name": name, "contentType": kind, "body": body} for name, (kind, body) in bodies.items()],
}
(FOLDER / "mlflow.json").write_text(json.dumps(fixture, indent=1) + "\n")
