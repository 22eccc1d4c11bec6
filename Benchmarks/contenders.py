"""The servers that are measured: how each is started, asked and understood."""

import json
import os
import sys
from pathlib import Path

import numpy as np

from machine import MARTLET, MEASURED_CORE, output_of, pinned, python_of
from server import Request, Server, free_port

BYTES = "application/octet-stream"
# What is asked, and of how many rows.
KINDS = {"1 row, JSON": 1, "250 rows, JSON": 250, "250 rows, binary": 250}


def numbers(rows: np.ndarray) -> list:
    """Six decimals, as people send them."""
    return [[round(value, 6) for value in row] for row in rows.tolist()]


class Contender:
    """One server. `kinds` are those of KINDS that it can be asked."""

    name: str
    kinds = tuple(KINDS)
    environment: dict[str, str] = {}

    def __init__(self, model: Path, folder: Path):
        self.model, self.folder = model, folder
        folder.mkdir(exist_ok=True)
        self.prepare()

    def prepare(self) -> None:
        """What must be done once."""

    def command(self, port: int) -> list:
        raise NotImplementedError

    def request(self, kind: str, rows: np.ndarray) -> Request:
        raise NotImplementedError

    def predictions(self, kind: str, body: bytes, headers: dict) -> np.ndarray:
        raise NotImplementedError

    def start(self, first: Request, **environment: str) -> Server:
        port = free_port()
        log = self.folder / "log"
        return Server(pinned(MEASURED_CORE, self.command(port)), port, first, log, **self.environment, **environment)


class Martlet(Contender):
    name = "martlet"

    def command(self, port: int) -> list:
        return [MARTLET, "serve", f"gbm={self.model}", "--port", port]

    def request(self, kind: str, rows: np.ndarray) -> Request:
        return binary_tensor(rows) if "binary" in kind else tensor(rows)

    def predictions(self, kind: str, body: bytes, headers: dict) -> np.ndarray:
        if "binary" in kind:
            return np.frombuffer(body[int(headers["inference-header-content-length"]) :])
        return np.array(json.loads(body)["outputs"][0]["data"])


class FastAPI(Contender):
    name = "FastAPI"

    def command(self, port: int) -> list:
        return [sys.executable, Path(__file__).with_name("peers") / "fastapi_server.py", self.model, port]

    def request(self, kind: str, rows: np.ndarray) -> Request:
        if "binary" in kind:
            return Request("/binary", rows.astype(np.float32).tobytes(), (("content-type", BYTES),))
        return Request("/json", json.dumps({"inputs": numbers(rows)}).encode())

    def predictions(self, kind: str, body: bytes, headers: dict) -> np.ndarray:
        return np.frombuffer(body) if "binary" in kind else np.array(json.loads(body)["predictions"])


class MLServer(Contender):
    name = "MLServer"
    kinds = ("1 row, JSON", "250 rows, JSON")  # its HTTP side has no binary tensors

    def command(self, port: int) -> list:
        ports = {"http_port": port, "grpc_port": free_port(), "metrics_port": free_port()}
        settings = {"host": "127.0.0.1", "parallel_workers": 0, "debug": False} | ports
        (self.folder / "settings.json").write_text(json.dumps(settings))
        model = {"name": "gbm", "implementation": "mlserver_lightgbm.LightGBMModel", "parameters": {"uri": str(self.model)}}
        (self.folder / "model-settings.json").write_text(json.dumps(model))
        return [python_of("mlserver").with_name("mlserver"), "start", self.folder]

    def request(self, kind: str, rows: np.ndarray) -> Request:
        return tensor(rows)

    def predictions(self, kind: str, body: bytes, headers: dict) -> np.ndarray:
        return np.array(json.loads(body)["outputs"][0]["data"])


class MLflow(Contender):
    name = "MLflow"
    kinds = ("1 row, JSON", "250 rows, JSON")

    def prepare(self) -> None:
        python = python_of("mlflow")
        self.environment = {
            "PATH": f"{python.parent}:{os.environ['PATH']}", "HOME": str(self.folder), "MLFLOW_DISABLE_TELEMETRY": "true",
            "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet", "PYTHONWARNINGS": "ignore",
        }  # fmt: skip
        program = "import sys, lightgbm, mlflow.lightgbm\n"
        program += "mlflow.lightgbm.save_model(lightgbm.Booster(model_file=sys.argv[1]), sys.argv[2])"
        output_of([python, "-c", program, self.model, self.folder / "model"], **self.environment)

    def command(self, port: int) -> list:
        serve = [python_of("mlflow").with_name("mlflow"), "models", "serve", "--env-manager", "local", "--host", "127.0.0.1"]
        return [*serve, "--model-uri", self.folder / "model", "--port", port]

    def request(self, kind: str, rows: np.ndarray) -> Request:
        return Request("/invocations", json.dumps({"inputs": numbers(rows)}).encode())

    def predictions(self, kind: str, body: bytes, headers: dict) -> np.ndarray:
        return np.array(json.loads(body)["predictions"])


CONTENDERS = {"bench": (Martlet, FastAPI), "mlserver": (MLServer,), "mlflow": (MLflow,)}


def tensor(rows: np.ndarray) -> Request:
    """A request of the Open Inference Protocol in JSON."""
    data = [value for row in numbers(rows) for value in row]
    entry = {"name": "input", "shape": list(rows.shape), "datatype": "FP32", "data": data}
    return Request("/v2/models/gbm/infer", json.dumps({"inputs": [entry]}).encode())


def binary_tensor(rows: np.ndarray) -> Request:
    """The same with the tensors' bytes behind the JSON, in both directions."""
    data = rows.astype(np.float32).tobytes()
    entry = {"name": "input", "shape": list(rows.shape), "datatype": "FP32", "parameters": {"binary_data_size": len(data)}}
    output = {"name": "output", "parameters": {"binary_data": True}}
    head = json.dumps({"inputs": [entry], "outputs": [output]}).encode()
    headers = (("content-type", BYTES), ("inference-header-content-length", str(len(head))))
    return Request("/v2/models/gbm/infer", head + data, headers)
