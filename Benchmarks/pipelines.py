"""Pipelines: what a step costs beside its work, planning a large graph, and looking at many inputs, beside DVC."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from machine import MARTLET, ROOT, say
from report import figure, part

FULL = {"steps": 1_000, "graph": 10_000, "inputs": 100_000, "many_inputs": 600_000, "dvc_steps": 50, "repetitions": 3}
QUICK = {"steps": 100, "graph": 1_000, "inputs": 5_000, "many_inputs": 10_000, "dvc_steps": 10, "repetitions": 1}
DVC = ROOT / ".deps/python-dvc/bin/dvc"


def seconds(words: list, folder: Path, **variables: str) -> float:
    """How long a command takes that must succeed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MARTLET_")} | variables
    start = time.perf_counter()
    result = subprocess.run([str(word) for word in words], cwd=folder, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, words))} ended with {result.returncode}: {result.stderr[-2000:]}")
    return time.perf_counter() - start


def project(folder: Path, steps: list[str]) -> Path:
    folder.mkdir()
    (folder / "martlet.yaml").write_text("project: bench\nsteps:\n" + "".join(f"  {step}\n" for step in steps))
    return folder


def step(number: int, width: int) -> str:
    needs = f", needs: {{a: s{number - width}.o}}" if number >= width else ""
    return f"s{number}: {{run: 'echo {number} > $o', outputs: {{o: o}}{needs}}}"


class Bench:
    def __init__(self, scratch: Path, sizes: dict):
        self.scratch, self.sizes = scratch, sizes

    def overhead(self) -> list[dict]:
        """Milliseconds a step, less those of the same commands in a shell's loop."""
        count, martlet, again, dvc = self.sizes["steps"], [], [], []
        for repetition in range(self.sizes["repetitions"]):
            folder = project(self.scratch / f"chain{repetition}", [step(number, 1) for number in range(count)])
            loop = f"for i in $(seq {count}); do sh -c \"echo $i > o\"; done"
            bare = seconds(["sh", "-c", loop], folder)
            martlet.append((seconds([MARTLET, "run", "--json"], folder) - bare) / count * 1_000)
            again.append(seconds([MARTLET, "run", "--json"], folder) / count * 1_000)
            if DVC.exists():
                dvc.append(self.dvc_overhead(repetition, bare / count * 1_000))
        return [
            figure("beside the work of a step, one after another", "ms", "< 2", martlet=martlet, dvc=dvc),
            figure("a step that is fresh", "ms", "", martlet=again),
        ]

    def dvc_overhead(self, repetition: int, bare: float) -> float:
        count, folder = self.sizes["dvc_steps"], self.scratch / f"dvc-chain{repetition}"
        folder.mkdir()
        stages = "".join(
            f"  s{number}:\n    cmd: echo {number} > o{number}\n"
            + (f"    deps: [o{number - 1}]\n" if number else "")
            + f"    outs: [o{number}]\n"
            for number in range(count)
        )
        (folder / "dvc.yaml").write_text("stages:\n" + stages)
        seconds([DVC, "init", "--no-scm", "-q"], folder)
        return seconds([DVC, "repro", "-q"], folder) / count * 1_000 - bare

    def planning(self) -> dict:
        count = self.sizes["graph"]
        folder = project(self.scratch / "graph", [step(number, 100) for number in range(count)])
        values = [seconds([MARTLET, "run", "--explain"], folder) for _ in range(self.sizes["repetitions"])]
        return figure(f"a graph of {count:,} steps, planned and told", "s", "< 1", martlet=values)

    def inputs(self, count: int, goal: str, beside_dvc: bool) -> list[dict]:
        folder = project(
            self.scratch / f"inputs{count}", ["a: {run: 'ls $files | wc -l > $o', inputs: {files: files/}, outputs: {o: o}}"])
        say(f"making {count:,} files")
        for number in range(count):
            if number % 1_000 == 0:
                (folder / f"files/{number // 1_000}").mkdir(parents=True)
            (folder / f"files/{number // 1_000}/{number}").write_text(f"{number}\n" * 10)
        repetitions = range(self.sizes["repetitions"])
        martlet = [seconds([MARTLET, "run"], folder) for _ in range(1 + len(repetitions))]
        first, again = [], []
        if beside_dvc and DVC.exists():
            seconds([DVC, "init", "--no-scm", "-q"], folder)
            first.append(seconds([DVC, "add", "-q", "files"], folder))
            again += [seconds([DVC, "status", "-q"], folder) for _ in repetitions]
        shutil.rmtree(folder)
        return [
            figure(f"{count:,} inputs, tracked and kept for the first time", "s", "", martlet=martlet[:1], dvc=first),
            figure(f"{count:,} inputs, up to date", "s", goal, martlet=martlet[1:], dvc=again),
        ]

    def makespan(self) -> list[dict]:
        """Many short steps declared before a long chain: what earlier runs took puts the chain first."""
        short = [f"a{number}: {{run: 'sleep 0.2; echo {number} > $o', outputs: {{o: o}}}}" for number in range(12)]
        chain = [
            f"z{number}: {{run: 'sleep 0.2; echo {number} > $o', outputs: {{o: o}}"
            + (f", needs: {{a: z{number - 1}.o}}" if number else "") + "}"
            for number in range(6)
        ]
        bound = 18 * 0.2 / min(2, len(os.sched_getaffinity(0)))
        first, learned, dvc = [], [], []
        for repetition in range(self.sizes["repetitions"]):
            folder = project(self.scratch / f"makespan{repetition}", short + chain)
            first.append(seconds([MARTLET, "run"], folder) / bound)
            force = [word for name in [f"a{n}" for n in range(12)] + [f"z{n}" for n in range(6)] for word in ("--force", name)]
            learned.append(seconds([MARTLET, "run", *force], folder) / bound)
            if DVC.exists():
                dvc.append(self.dvc_makespan(repetition) / bound)
        return [figure("makespan of 18 steps over the bound, with durations learned", "×", "", martlet=learned, first_run=first, dvc=dvc)]

    def dvc_makespan(self, repetition: int) -> float:
        """The same steps in DVC, which runs one at a time."""
        folder = self.scratch / f"dvc-makespan{repetition}"
        folder.mkdir()
        stages = [f"  a{number}:\n    cmd: sleep 0.2; echo {number} > a{number}\n    outs: [a{number}]\n" for number in range(12)]
        for number in range(6):
            needs = f"    deps: [z{number - 1}]\n" if number else ""
            stages.append(f"  z{number}:\n    cmd: sleep 0.2; echo {number} > z{number}\n{needs}    outs: [z{number}]\n")
        (folder / "dvc.yaml").write_text("stages:\n" + "".join(stages))
        seconds([DVC, "init", "--no-scm", "-q"], folder)
        return seconds([DVC, "repro", "-q"], folder)


def run(scratch: Path, quick: bool) -> dict:
    bench = Bench(scratch, QUICK if quick else FULL)
    say("steps one after another")
    figures = bench.overhead()
    say("a large graph")
    figures.append(bench.planning())
    figures += bench.inputs(bench.sizes["inputs"], "< 2", beside_dvc=True)
    figures += bench.inputs(bench.sizes["many_inputs"], "", beside_dvc=False)
    say("makespan")
    figures += bench.makespan()
    notes = [] if DVC.exists() else ["DVC is not installed; 'scripts/setup --bench-peers' brings it."]
    return part("Pipelines", figures, notes)
