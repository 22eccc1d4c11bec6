"""This machine: where things are, which cores there are, how small C programs are built, how a process is watched."""

import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARTLET = ROOT / ".build/release/martlet"
MARTLET_BENCH = ROOT / ".build/release/martlet-bench"
CORES = sorted(os.sched_getaffinity(0))
# What is measured runs on the first core, what loads it on the last.
MEASURED_CORE, LOADING_CORE = CORES[0], CORES[-1]
COMMAND_SECONDS_MAX = 1_800
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr, flush=True)


def describe() -> dict:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")
    load = [round(each, 2) for each in os.getloadavg()]
    return {"processor": processor, "cores": len(CORES), "kernel": platform.release(), "load": load[0], "loads": load}


def pinned(core: int, command: list) -> list[str]:
    return ["taskset", "-c", str(core), *map(str, command)]


def python_of(environment: str) -> Path | None:
    """The Python of a peer's environment in .deps; None where it is not installed."""
    python = ROOT / f".deps/python-{environment}/bin/python"
    return python if python.exists() and (ROOT / f".deps/python-{environment}/.pins").exists() else None


def not_installed(environment: str) -> str:
    return f"not installed (.deps/python-{environment}): scripts/setup --bench-peers"


def output_of(command: list, **environment: str) -> str:
    """Runs a command to its end; what it printed."""
    done = subprocess.run(
        [*map(str, command)], env=os.environ | ONE_THREAD | environment, capture_output=True, text=True, timeout=COMMAND_SECONDS_MAX
    )
    if done.returncode:
        raise RuntimeError(f"'{' '.join(map(str, command))}' ended with exit code {done.returncode}; it said:\n{done.stderr[-4_000:]}")
    return done.stdout


def used_by(command: list, scratch: Path, **environment: str) -> dict:
    """Runs a command to its end: what it printed and what it used, with its children. Memory is the most at once, in 10^6 bytes."""
    with (scratch / "output").open("wb") as output, (scratch / "errors").open("wb") as errors:
        begun = time.perf_counter()
        process = subprocess.Popen([*map(str, command)], stdout=output, stderr=errors, env=os.environ | environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = (scratch / "errors").read_text()[-4_000:]
        raise RuntimeError(f"'{' '.join(map(str, command))}' ended with exit code {process.returncode}; it said:\n{said}")
    text = (scratch / "output").read_text()
    return {"text": text, "cpu": usage.ru_utime + usage.ru_stime, "wall": wall, "memory": usage.ru_maxrss * 1_024 / 1e6}


def build(source: str, target: Path, *options: str) -> Path:
    """Compiles a C file of native/ with the compiler that comes with Swift, or any other."""
    compiler = next((found for name in ("clang", "cc", "gcc") if (found := shutil.which(name))), None)
    if compiler is None:
        raise RuntimeError("there is no C compiler: clang comes with Swift, put the toolchain's bin on PATH")
    output_of([compiler, "-O2", *options, Path(__file__).with_name("native") / source, "-o", target, "-lm"])
    return target
