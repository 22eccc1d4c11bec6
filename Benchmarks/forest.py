"""Rows that trees score in a second of CPU: Martlet on each set of instructions, LightGBM, other engines."""

import json
import sys
from pathlib import Path

import models
from machine import CORES, MARTLET_BENCH, MEASURED_CORE, not_installed, output_of, pinned, python_of, say
from report import figure, part

BATCHES = (10_000, 250, 1)
FULL = {"training": 300_000, "rows": 100_000, "repetitions": 7, "seconds": 0.2}
QUICK = {"training": 20_000, "rows": 20_000, "repetitions": 2, "seconds": 0.02}
GOALS = {(100, 10_000): 8, (100, 250): 8, (100, 1): 0.35, (500, 10_000): 0.6}
GOAL_TWO_CORES = 20
GOAL_LOAD_MS = 50
RAW_DIFFERENCE_MAX = 1e-6
SIDES = {"avx512": "martlet avx512", "avx2": "martlet avx2", "plain": "martlet plain"}


class Bench:
    def __init__(self, scratch: Path, sizes: dict):
        self.scratch, self.sizes = scratch, sizes
        self.python = python_of("peers")
        self.notes: list[str] = []
        self.faults: list[str] = []

    def ours(self, model: Path, core: int | None, *words: object) -> dict:
        """What martlet-bench measures, on one core or on all."""
        options = ["--model", model, "--rows", self.scratch / "rows.f64"]
        options += ["--repetitions", self.sizes["repetitions"], "--seconds", self.sizes["seconds"], *words]
        command = [MARTLET_BENCH, "forest", *options]
        return json.loads(output_of(command if core is None else pinned(core, command)))

    def others(self, model: Path) -> dict:
        if self.python is None:
            return {"figures": [], "missing": {}, "agreement": {}}
        sizes = [self.sizes["repetitions"], self.sizes["seconds"], *BATCHES]
        script = Path(__file__).with_name("peers") / "engines.py"
        return json.loads(output_of(pinned(MEASURED_CORE, [self.python, script, model, self.scratch / "rows.f64", *sizes])))

    def measure(self, trees: int, leaves: int) -> list[dict]:
        model, name = models.model_path(self.scratch, trees, leaves), f"{trees}×{leaves}"
        say(f"{name}: one core")
        one = self.ours(model, MEASURED_CORE, *(word for batch in BATCHES for word in ("--batch", batch)))
        peers = self.others(model)
        self.check(name, one["agreement"], peers)
        found = [
            line(f"{name}, {batch:,} row{'s' * (batch > 1)}, {precision}", one["figures"] + peers["figures"], batch, precision, trees)
            for batch in BATCHES
            for precision in ("f32", "f64")
        ]
        if len(CORES) > 1:
            say(f"{name}: two cores together")
            two = self.ours(model, None, "--threads", 2, "--batch", 10_000, "--best-only")["figures"]
            goal = f"≥ {GOAL_TWO_CORES}" if trees == 100 else ""
            sides = {each["side"]: millions(each["rowsPerSecond"]) for each in two}
            found.append(figure(f"{name}, two cores together", "M rows/s", goal, more=True, **sides))
        for kind, word in (("cpuSeconds", "CPU"), ("wallSeconds", "clock")):
            loads = {each["side"]: [1_000 * value for value in each[kind]] for each in one["loads"]}
            goal = f"< {GOAL_LOAD_MS}" if trees == 500 else ""
            found.append(figure(f"{name}, loading the model, by {word}", "ms", goal, **loads))
        return found

    def check(self, name: str, agreed: list[dict], peers: dict) -> None:
        """Notes how far the answers agree, and as a fault where they do not."""
        leaves, raw = sum(each["leavesDiffering"] for each in agreed), max(each["rawDifferenceMax"] for each in agreed)
        rows = agreed[0]["rows"]
        note = f"{name}: {leaves} leaves of {rows:,} rows are not LightGBM's, raw scores differ by {raw:.1e} at most"
        note += "".join(f"; {side}'s probabilities by {value:.1e}" for side, value in peers["agreement"].items())
        self.notes += [note + "."] + [f"{name}: {side} does not work here: {why}" for side, why in peers["missing"].items()]
        if leaves or raw > RAW_DIFFERENCE_MAX:
            self.faults.append(f"{name}: Martlet's leaves or raw scores are not LightGBM's, so its speed means nothing")


def millions(values: list[float]) -> list[float]:
    return [value / 1e6 for value in values]


def line(name: str, figures: list[dict], batch: int, precision: str, trees: int) -> dict:
    """One line of the table; the best instructions of this processor are `martlet`."""
    sides = {}
    for each in figures:
        if (each["batch"], each["input"]) == (batch, precision):
            side = "martlet" if each["side"] == "martlet" and "martlet" not in sides else SIDES.get(each.get("instructions"), each["side"])
            sides[side] = millions(each["rowsPerCPUSecond"])
    goal = GOALS.get((trees, batch))
    return figure(name, "M rows/CPU-s", f"≥ {goal}" if goal else "", more=True, **sides)


def run(scratch: Path, quick: bool) -> dict:
    sizes = QUICK if quick else FULL
    say("training the models")
    shapes = [f"{trees}x{leaves}" for trees, leaves in models.MODELS]
    # All cores train.
    output_of([sys.executable, models.__file__, scratch, sizes["training"], sizes["rows"], *shapes], OMP_NUM_THREADS=str(len(CORES)))
    bench = Bench(scratch, sizes)
    figures = [each for shape in models.MODELS for each in bench.measure(*shape)]
    if bench.python is None:
        bench.notes.append(f"oneDAL, ONNX Runtime: {not_installed('peers')}")
    return part("Forests: rows scored, one core unless said", figures, bench.notes, bench.faults)
