"""Other engines that score LightGBM's trees, one thread each, measured as martlet-bench measures: prints JSON.

usage: engines.py MODEL ROWS REPETITIONS SECONDS BATCH... ; it runs in .deps/python-peers, pinned to a core by its caller.
"""

import json
import sys
import time
from pathlib import Path

import lightgbm
import numpy as np

FEATURES = 28
AGREEMENT_ROWS = 2_000


def onnxruntime_engine(booster, path: Path):
    import onnxruntime
    from onnxmltools import convert_lightgbm
    from onnxmltools.convert.common.data_types import FloatTensorType

    # float: onnxruntime's trees have single precision.
    model = convert_lightgbm(
        booster, initial_types=[("x", FloatTensorType([None, FEATURES]))], zipmap=False, target_opset=15
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    outputs = [session.get_outputs()[1].name]
    return lambda rows: session.run(outputs, {"x": rows})[0][:, 1]


def onedal_engine(booster, path: Path):
    import daal4py

    daal4py.daalinit(1)
    model = daal4py.mb.convert_model(booster)
    return lambda rows: model.predict_proba(rows)[:, 1]


ENGINES = {"onedal": onedal_engine, "onnxruntime": onnxruntime_engine}


def measure(predict, rows: np.ndarray, batch: int, seconds: float, calls: int) -> tuple[float, float, int]:
    """CPU and wall seconds of some calls, each with the rows that follow the last one's."""
    starts = np.arange(calls) * batch % max(1, len(rows) - batch + 1)
    parts = [rows[start : start + batch] for start in starts.tolist()]
    wall, cpu = time.perf_counter(), time.process_time()
    for part in parts:
        predict(part)
    return time.process_time() - cpu, time.perf_counter() - wall


def figures(side: str, predict, rows: np.ndarray, batches: list[int], repetitions: int, seconds: float) -> list[dict]:
    found = []
    for batch in batches:
        calls = 1
        while (taken := measure(predict, rows, batch, seconds, calls)[0]) < seconds / 4 and calls < 1 << 20:
            calls *= 2
        calls = max(1, int(calls * seconds / max(taken, 1e-9)))
        times = [measure(predict, rows, batch, seconds, calls) for _ in range(repetitions)]
        found.append(
            {
                "side": side, "input": "f32", "batch": batch, "threads": 1,
                "rowsPerCPUSecond": [calls * batch / cpu for cpu, _ in times],
                "rowsPerSecond": [calls * batch / wall for _, wall in times],
            }
        )  # fmt: skip
    return found


def main() -> None:
    path, repetitions, seconds, batches = Path(sys.argv[1]), int(sys.argv[3]), float(sys.argv[4]), [*map(int, sys.argv[5:])]
    rows = np.fromfile(sys.argv[2]).reshape(-1, FEATURES).astype(np.float32)
    booster = lightgbm.Booster(model_file=path)
    truth = booster.predict(rows[:AGREEMENT_ROWS], num_threads=1)
    report = {"figures": [], "missing": {}, "agreement": {}}
    for side, make in ENGINES.items():
        try:
            predict = make(booster, path)
            report["agreement"][side] = float(np.abs(predict(rows[:AGREEMENT_ROWS]) - truth).max())
        except Exception as error:  # a peer that does not work here is listed, and the others are measured
            report["missing"][side] = f"{type(error).__name__}: {str(error)[:200]}"
            continue
        report["figures"] += figures(side, predict, rows, batches, repetitions, seconds)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
