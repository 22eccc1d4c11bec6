"""Measures Martlet on the pricing example, beside a Python server that makes the same decisions. README.md explains."""

import argparse
import json
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from serve import Server, free_port

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "Examples/pricing/martlet.yaml"
DECIDE = "/v1/endpoints/price/decide"
HELD_OUT_WEEKS = 12
SIDES = ("martlet", "peer")
FULL = {"starts": 7, "fresh": 3, "again": 7, "repetitions": 5, "requests": None, "memory": 1_000}
QUICK = {"starts": 2, "fresh": 1, "again": 2, "repetitions": 2, "requests": 300, "memory": 200}


class Bench:
    def __init__(self, martlet: Path, scratch: Path, sizes: dict):
        self.martlet, self.scratch, self.sizes = martlet, scratch, sizes
        self.home = scratch / "home"

    def command(self, name: str, *words: str, home: Path | None = None) -> list[str]:
        return [str(self.martlet), name, *words, "--project", str(PROJECT), "--home", str(home or self.home)]

    # Pipeline

    def timed(self, command: list[str]) -> dict:
        """Runs a command to its end: what it used, with its children."""
        with (self.scratch / "run.json").open("wb") as output, (self.scratch / "run.log").open("wb") as errors:
            begun = time.perf_counter()
            process = subprocess.Popen(command, stdout=output, stderr=errors)
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log = (self.scratch / "run.log").read_text()
            raise RuntimeError(f"'{' '.join(command)}' ended with exit code {process.returncode}; it said:\n{log}")
        return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}

    def pipeline(self) -> dict[str, list[dict]]:
        """Runs from nothing, each in a home of its own, then runs with nothing to do; the last home is kept."""
        fresh = []
        for count in range(self.sizes["fresh"]):
            self.home = self.scratch / f"home-{count}"
            fresh.append(self.timed(self.command("run", "--json")))
        self.steps = {step["step"]: step for step in json.loads((self.scratch / "run.json").read_text())["steps"]}
        again = [self.timed(self.command("run")) for _ in range(self.sizes["again"])]
        self.timed(self.command("deploy", "price", "--by", "bench", "--reason", "scripts/bench"))
        return {"fresh": fresh, "again": again}

    # Requests

    def blob(self, step: str, output: str) -> Path:
        digest = self.steps[step]["outputs"][output].removeprefix("sha256:")
        return self.home / "blobs" / digest[:2] / digest

    def requests(self) -> list[bytes]:
        """The held-out weeks as requests, each different, shuffled with a fixed seed."""
        inputs = json.loads(self.blob("train demand", "card").read_text())["inputs"]
        names = [column["name"] for column in inputs if column["name"] != "price"]
        rows = duckdb.execute(
            f"""
            WITH known AS (FROM read_parquet('{self.blob("features shelf", "rows")}') WHERE __known IS NOT NULL)
            SELECT {", ".join(f'"{name}"' for name in names)} FROM known
            WHERE __time IN (SELECT DISTINCT __time FROM known ORDER BY __time DESC LIMIT {HELD_OUT_WEEKS})
            ORDER BY store, brand, week
            """
        ).fetchall()
        random.Random(7).shuffle(rows)
        bodies = [{name: value for name, value in zip(names, row) if value is not None} for row in rows]
        return [http(json.dumps(body).encode()) for body in bodies[: self.sizes["requests"]]]

    # Servers

    def server(self, side: str, first: bytes) -> Server:
        port = free_port()
        if side == "martlet":
            command, environment = self.command("up", "--no-run", "--port", str(port)), None
        else:
            release = self.steps["release price"]["outputs"]["manifest"]
            script = [sys.executable, str(Path(__file__).with_name("peer_server.py"))]
            command = script + ["--blobs", str(self.home / "blobs"), "--release", release, "--port", str(port)]
            environment = {"OMP_NUM_THREADS": "1"}
        return Server(command, port, first, self.scratch / f"{side}.log", environment)

    def starts(self, first: bytes) -> dict[str, list[float]]:
        """Seconds from the start of the process to its first decision; one start before is not counted."""
        seconds = {side: [] for side in SIDES}
        for _ in range(self.sizes["starts"] + 1):
            for side in SIDES:
                with self.server(side, first) as server:
                    seconds[side].append(server.started)
        return {side: values[1:] for side, values in seconds.items()}

    def log_bytes(self, kind: str) -> int:
        return sum(path.stat().st_size for path in self.home.glob(f"log/price/answers/*.{kind}"))

    def load(self, requests: list[bytes]) -> dict:
        """Memory, then every request once for each number of connections; the sides take turns."""
        count, parts = self.sizes["memory"], self.sizes["repetitions"]
        result = {"memory": {}, "load": [], "pairs": [], "log": {}}
        with self.server("martlet", requests[0]) as martlet, self.server("peer", requests[0]) as peer:
            servers = {"martlet": martlet, "peer": peer}
            for side, server in servers.items():
                before = self.log_bytes("seg")
                answers = server.answers(requests[:count], 1)["answers"]
                result["memory"][side] = server.memory_megabytes()
                if side == "martlet":
                    given = sum(status == 200 for status, _ in answers)
                    result["log"]["segment"] = (self.log_bytes("seg") - before) / given
            for connections in (1, 8):
                for part in range(parts):
                    measured = {}
                    for side in SIDES if part % 2 == 0 else SIDES[::-1]:
                        measured[side] = servers[side].answers(requests[part::parts], connections)
                    result["pairs"] += zip(*(measured[side].pop("answers") for side in SIDES))
                    requested = len(requests[part::parts])
                    for side in SIDES:
                        row = {"side": side, "connections": connections, "requests": requested}
                        result["load"].append(row | measured[side])
        return result


def http(body: bytes) -> bytes:
    head = f"POST {DECIDE} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def agreement(pairs: list[tuple]) -> dict:
    """How far the two sides give the same answers; a price that both refuse to give is an agreement."""
    same = refused = 0
    furthest = 0.0
    for (status, body), (peer_status, peer_body) in pairs:
        if not {status, peer_status} <= {200, 409}:
            raise RuntimeError(f"expected decisions, Martlet answered {status} {body!r}, the peer {peer_status} {peer_body!r}")
        if status == peer_status == 200:
            answer, peer = json.loads(body), json.loads(peer_body)
            same += answer["price"] == peer["price"]
            if answer["price"] == peer["price"]:
                furthest = max(furthest, abs(answer["expected_units"] / peer["expected_units"] - 1))
        elif status == peer_status:
            same, refused = same + 1, refused + 1
    return {"answers": len(pairs), "same": same / len(pairs), "both_refuse": refused / len(pairs), "units_differ_by": furthest}


# Results


def figure(name: str, unit: str, values: dict[str, list[float]], goal: str = "") -> dict:
    sides = {
        side: {"median": statistics.median(each), "least": min(each), "greatest": max(each), "values": each}
        for side, each in values.items()
    }
    return {"name": name, "unit": unit, "goal": goal} | sides


def figures(pipeline: dict, starts: dict, loaded: dict) -> list[dict]:
    def load(connections: int, value) -> dict[str, list[float]]:
        rows = [row for row in loaded["load"] if row["connections"] == connections]
        return {side: [value(row) for row in rows if row["side"] == side] for side in SIDES}

    def memory(kind: str) -> dict[str, list[float]]:
        return {side: [loaded["memory"][side][kind]] for side in SIDES}

    found = [
        figure("start to first decision", "s", starts, "≤ 0.5"),
        figure("resident memory", "MB", memory("Rss"), "≤ 100"),
        figure("resident memory, Pss", "MB", memory("Pss")),
    ]
    for connections in (1, 8):
        label = "1 connection" if connections == 1 else f"{connections} connections"
        cpu = load(connections, lambda row: 1_000 * row["cpu"] / row["requests"])
        found.append(figure(f"CPU of a decision, {label}", "ms", cpu))
        found.append(figure(f"decisions, {label}", "1/s", load(connections, lambda row: row["requests"] / row["wall"])))
    for key, label in (("fresh", "martlet run, from nothing"), ("again", "martlet run, nothing to do")):
        for value, unit in (("cpu", "s CPU"), ("wall", "s wall"), ("memory", "MB at most")):
            found.append(figure(label, unit, {"martlet": [run[value] for run in pipeline[key]]}))
    found += [figure(f"log of a decision, {kind}", "bytes", {"martlet": [size]}) for kind, size in loaded["log"].items()]
    return found


def table(rows: list[dict]) -> str:
    def cell(row: dict, side: str) -> str:
        if side not in row:
            return ""
        low, middle, high = (f"{row[side][key]:.{digits(row[side]['median'])}f}" for key in ("least", "median", "greatest"))
        return middle if len(row[side]["values"]) == 1 else f"{middle} ({low}–{high})"

    def digits(value: float) -> int:
        return 0 if value >= 100 else 1 if value >= 10 else 3

    lines = [("", "", "martlet", "peer", "peer / martlet", "goal")]
    for row in rows:
        ratio = f"{row['peer']['median'] / row['martlet']['median']:.2f}" if "peer" in row else ""
        lines.append((row["name"], row["unit"], cell(row, "martlet"), cell(row, "peer"), ratio, row["goal"]))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def machine() -> dict:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")
    return {"processor": processor, "cores": len(os.sched_getaffinity(0)), "kernel": platform.release(), "load": os.getloadavg()[0]}


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a smoke run of half a minute; its figures mean little")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write all that was measured to this file, as JSON")
    parser.add_argument("--martlet", type=Path, default=ROOT / ".build/release/martlet", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    before = machine()

    with tempfile.TemporaryDirectory(prefix="martlet-bench-") as scratch:
        bench = Bench(arguments.martlet, Path(scratch), QUICK if arguments.quick else FULL)

        def say(text: str) -> None:
            print(f"bench: {text}", file=sys.stderr, flush=True)

        say(f"martlet run, {bench.sizes['fresh']} × from nothing and {bench.sizes['again']} × with nothing to do")
        pipeline = bench.pipeline()
        requests = bench.requests()
        say(f"starting each server {bench.sizes['starts'] + 1} times")
        starts = bench.starts(requests[0])
        say(f"{len(requests):,} different requests to each server, over 1 connection and over 8")
        loaded = bench.load(requests)
        decisions = sum(status == 200 for (status, _), _ in loaded["pairs"])
        say(f"{decisions:,} decisions answered")

    agreed = agreement(loaded["pairs"])
    found = figures(pipeline, starts, loaded)
    after = machine()
    print(table(found))
    print(f"\n{agreed['same']:.2%} of {agreed['answers']:,} answers agree in price ({agreed['both_refuse']:.2%}: neither gives one);")
    print(f"the expected units of equal prices differ by {agreed['units_differ_by']:.1e} at most.")
    print(f"{before['cores']} cores of {before['processor']}; load {before['load']:.1f} before, {after['load']:.1f} after.")
    if arguments.quick:
        print("A quick run: the figures mean little.")
    if before["load"] > 0.5:
        print("The machine was busy before the run: wall times and decisions a second are worse than they need be.")
    if arguments.output:
        result = {"format": 1, "quick": arguments.quick, "machine": before, "requests": len(requests), "agreement": agreed}
        arguments.output.write_text(json.dumps(result | {"figures": found}, indent=2, ensure_ascii=False) + "\n")
    if agreed["same"] < 0.99:
        sys.exit("bench: the sides agree in fewer than 99 % of the answers, so they do not make the same decision")


if __name__ == "__main__":
    main()
