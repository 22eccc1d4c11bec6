"""Parquet in, Parquet out: rows in a second of CPU, and memory."""

import sys
from pathlib import Path

import models
from machine import CORES, MARTLET, output_of, say, used_by
from report import figure, part

FULL = {"training": 300_000, "rows": 5_000_000, "repetitions": 3}
QUICK = {"training": 20_000, "rows": 200_000, "repetitions": 1}
GOAL_ROWS = 1
DIFFERENCE_MAX = 1e-6
HERE = Path(__file__).parent


class Bench:
    def __init__(self, scratch: Path, sizes: dict):
        self.scratch, self.sizes = scratch, sizes
        self.model = models.model_path(scratch, 100, 31)
        self.input = scratch / "rows.parquet"

    def command(self, side: str) -> list:
        output = self.scratch / f"{side}.parquet"
        output.unlink(missing_ok=True)
        if side == "martlet":
            return [MARTLET, "score", "--model", self.model, "--input", self.input, "--output", output, "--json"]
        return [sys.executable, HERE / "peers/score_files.py", side, self.model, self.input, output, len(CORES)]

    def measure(self) -> list[dict]:
        used: dict[str, list[dict]] = {"martlet": [], "pyarrow": [], "pandas": []}
        for repetition in range(self.sizes["repetitions"]):
            for side in list(used)[:: -1 if repetition % 2 else 1]:
                used[side].append(used_by(self.command(side), self.scratch))
        names = {"martlet": "martlet", "pyarrow": "pyarrow + LightGBM", "pandas": "pandas + LightGBM"}
        millions = self.sizes["rows"] / 1e6

        def line(name: str, unit: str, goal: str, more: bool, value) -> dict:
            return figure(name, unit, goal, more, **{names[side]: [value(each) for each in runs] for side, runs in used.items()})

        return [
            line("rows by CPU, all processes", "M rows/CPU-s", f"≥ {GOAL_ROWS}", True, lambda each: millions / each["cpu"]),
            line("rows by the clock, all cores", "M rows/s", "", True, lambda each: millions / each["wall"]),
            line("memory, the most at once", "MB", "", False, lambda each: each["memory"]),
        ]

    def difference(self) -> float:
        """The largest difference of a prediction from LightGBM's."""
        program = "import sys, numpy as np, pyarrow.parquet as pq\n"
        program += "a, b = (pq.read_table(path)['prediction'].to_numpy() for path in sys.argv[1:])\n"
        program += "print(np.abs(a - b).max() if len(a) == len(b) else 'inf')"
        return float(output_of([sys.executable, "-c", program, *(self.scratch / f"{side}.parquet" for side in ("martlet", "pyarrow"))]))


def run(scratch: Path, quick: bool) -> dict:
    sizes = QUICK if quick else FULL
    say(f"making {sizes['rows']:,} rows of Parquet")
    train = [sys.executable, models.__file__, scratch, sizes["training"], 1, "100x31"]
    output_of(train, OMP_NUM_THREADS=str(len(CORES)))
    output_of([sys.executable, HERE / "parquet_rows.py", scratch / "rows.parquet", sizes["rows"]])
    bench = Bench(scratch, sizes)
    say(f"scoring them {sizes['repetitions']} times with each")
    figures, difference = bench.measure(), bench.difference()
    size = bench.input.stat().st_size / 1e6
    rows = f"{sizes['rows']:,} rows of {models.FEATURES} floats, {size:,.0f} MB"
    notes = [f"{rows}; 100×31; predictions differ by {difference:.1e} at most."]
    faults = [] if difference <= DIFFERENCE_MAX else ["the files' predictions differ, so the speed of scoring them means nothing"]
    return part("Batch scoring: Parquet to Parquet", figures, notes, faults)
