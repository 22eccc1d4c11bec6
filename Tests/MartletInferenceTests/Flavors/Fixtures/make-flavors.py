"""Writes folders of models as MLflow does, and what mlflow.pyfunc answers for them, into answers-VERSION.json.

for v in 2.22.5 3.17.2; do
    python3.11 -m venv v-$v
    v-$v/bin/pip install mlflow-skinny==$v lightgbm==4.7.0 xgboost-cpu==3.2.0 onnx onnxruntime "pandas<3" numpy scikit-learn
    v-$v/bin/python make-flavors.py
done
"""

import json
import logging
import pathlib
import shutil

import lightgbm
import mlflow
import numpy as np
import onnx
import pandas as pd
import xgboost
from mlflow.models import infer_signature

logging.getLogger("mlflow").setLevel(logging.ERROR)
FOLDER = pathlib.Path(__file__).parent
VERSION = mlflow.__version__
random = np.random.default_rng(7)
answers = {}

frame = pd.DataFrame({"fixed acidity": random.normal(size=80), "sugar": random.normal(size=80).astype(np.float32), "age": random.integers(0, 9, 80)})
target = frame["fixed acidity"] * 2 + frame["sugar"] - frame["age"] / 3
probe = frame.head(12).reset_index(drop=True)


def keep(name, flavor, model, signature, rows=probe, **arguments):
    """Saves a model, asks pyfunc and leaves out what no test reads."""
    path = FOLDER / f"{name}-{VERSION}"
    shutil.rmtree(path, ignore_errors=True)
    flavor.save_model(model, str(path), signature=signature, pip_requirements=["mlflow"], **arguments)
    predictions = mlflow.pyfunc.load_model(str(path)).predict(rows)
    if isinstance(predictions, pd.DataFrame):
        predictions = predictions.to_numpy()
    columns = rows if isinstance(rows, pd.DataFrame) else pd.DataFrame(rows)
    answers[name] = {"rows": columns.to_numpy(dtype=np.float64).tolist(), "predictions": np.asarray(predictions, dtype=np.float64).tolist()}
    for other in ("conda.yaml", "python_env.yaml", "requirements.txt"):
        (path / other).unlink(missing_ok=True)


booster = lightgbm.train({"verbose": -1, "num_leaves": 4, "min_data_in_leaf": 5, "num_threads": 1}, lightgbm.Dataset(frame, target), 3)
keep("lightgbm", mlflow.lightgbm, booster, infer_signature(frame, target))

classes = lightgbm.train(
    {"verbose": -1, "objective": "multiclass", "num_class": 3, "num_leaves": 3, "min_data_in_leaf": 5, "num_threads": 1},
    lightgbm.Dataset(frame.to_numpy(), frame["age"] % 3), 2)
keep("lightgbm-classes", mlflow.lightgbm, classes, None, rows=probe.to_numpy(dtype=np.float64))

trees = xgboost.train({"max_depth": 2, "nthread": 1}, xgboost.DMatrix(frame, target), 3)
keep("xgboost", mlflow.xgboost, trees, infer_signature(frame, target))
keep("xgboost-json", mlflow.xgboost, trees, infer_signature(frame, target), model_format="json")

helper = onnx.helper
net = helper.make_model(
    helper.make_graph(
        [helper.make_node("MatMul", ["x", "w"], ["y"])], "net",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 3])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor("w", onnx.TensorProto.FLOAT, [3, 2], [1, 2, 3, 4, 5, 6])]),
    opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
narrow = frame.astype(np.float32)
keep("onnx", mlflow.onnx, net, infer_signature(narrow, np.zeros((1, 2), np.float32)), rows=narrow.head(4).reset_index(drop=True))

(FOLDER / f"answers-{VERSION}.json").write_text(json.dumps(answers) + "\n")
