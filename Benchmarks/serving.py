"""Servers of one model: CPU of a request, latency under load, start, memory, allocations."""

import json
import shutil
import statistics
import struct
import sys
from contextlib import ExitStack
from pathlib import Path

import lightgbm
import numpy as np

import models
from contenders import CONTENDERS, KINDS, Contender, Martlet
from machine import CORES, LOADING_CORE, MEASURED_CORE, build, not_installed, output_of, pinned, python_of, say
from report import figure, part
from server import Request, Server

FULL = {"training": 300_000, "starts": 5, "peer_starts": 2, "repetitions": 5, "seconds": 2.0}
FULL |= {"single": 4_000, "many": 200, "counted": 2_000}
QUICK = {"training": 20_000, "starts": 1, "peer_starts": 1, "repetitions": 1, "seconds": 0.5}
QUICK |= {"single": 200, "many": 10, "counted": 100}
GOALS_US = {"1 row, JSON": 25, "250 rows, JSON": 150, "250 rows, binary": 60}
GOAL_P99_MS, GOAL_START_S, GOAL_MB = 5, 0.3, 60
CONNECTIONS = 16
LOAD_SHARE = 0.7
REQUESTS_MAX = 2_000_000
COMPARED = 20
DIFFERENCE_MAX = 1e-6


class Bench:
    def __init__(self, scratch: Path, sizes: dict):
        self.scratch, self.sizes = scratch, sizes
        self.model = models.model_path(scratch, 100, 31)
        self.load_tool = build("load.c", scratch / "load")
        count = max(sizes["single"], sizes["many"] * max(KINDS.values()))
        self.rows = np.round(models.rows(count, seed=9), 6)
        self.notes: list[str] = []
        self.pauses: list[dict] = []
        self.faults: list[str] = []
        self.contenders = list(self.found())

    def found(self):
        """The contenders that are installed; the others are noted."""
        for environment, kinds in CONTENDERS.items():
            for kind in kinds:
                if python_of(environment) is None:
                    self.notes.append(f"{kind.name}: {not_installed(environment)}")
                else:
                    yield kind(self.model, self.scratch / kind.name)

    def requests(self, contender: Contender, kind: str) -> list[Request]:
        """Different requests of one kind."""
        size = KINDS[kind]
        count = self.sizes["single"] if size == 1 else self.sizes["many"]
        return [contender.request(kind, self.rows[size * at : size * (at + 1)]) for at in range(count)]

    def first(self, contender: Contender) -> Request:
        return contender.request("1 row, JSON", self.rows[:1])

    def starts(self) -> tuple[dict, dict]:
        """Seconds from the start of a process to its first answer, in turns, and its memory then."""
        seconds: dict[str, list[float]] = {each.name: [] for each in self.contenders}
        memory: dict[str, list[float]] = {each.name: [] for each in self.contenders}
        for count in range(self.sizes["starts"]):
            for each in self.contenders:
                if each.name == "martlet" or count < self.sizes["peer_starts"]:
                    with each.start(self.first(each)) as server:
                        seconds[each.name].append(server.started)
                        memory[each.name].append(server.memory_megabytes("Rss"))
        start = figure("start to first answer", "s", f"≤ {GOAL_START_S}", **seconds)
        return start, figure("resident memory, first answer", "MB", **memory)

    def put_load(self, server: Server, requests: Path, seconds: float, rate: float | None = None) -> dict:
        """A while of load: what the client saw, and the server's CPU."""
        words = ["open" if rate else "closed", server.port, requests, CONNECTIONS, REQUESTS_MAX, seconds, *([rate] if rate else [])]
        cpu = server.cpu_seconds()
        seen = json.loads(output_of(pinned(LOADING_CORE, [self.load_tool, *words])))
        seen["cpu"] = server.cpu_seconds() - cpu
        if seen["refused"]:
            self.faults.append(f"a server refused {seen['refused']} of {seen['requests']} requests")
        return seen

    def kind(self, servers: dict[Contender, Server], kind: str) -> list[dict]:
        """One kind of request to all servers, in turns: CPU and rate when they are busy, latency when they are not quite."""
        files = {each: self.written(each, kind) for each in servers if kind in each.kinds}
        busy: dict[Contender, list[dict]] = {each: [] for each in files}
        calm: dict[Contender, list[dict]] = {each: [] for each in files}
        for each, path in files.items():
            self.compare(each, servers[each], kind)
            self.put_load(servers[each], path, self.sizes["seconds"] / 2)
        for repetition in range(self.sizes["repetitions"]):
            for each in list(files)[:: -1 if repetition % 2 else 1]:
                # One directly after the other: where the processor's speed varies, the share is one of what it can do now.
                full = self.put_load(servers[each], files[each], self.sizes["seconds"])
                busy[each].append(full)
                rate = LOAD_SHARE * full["requests"] / full["seconds"]
                calm[each].append(self.put_load(servers[each], files[each], self.sizes["seconds"], rate))
            self.pauses.append(self.pause())

        def line(name: str, unit: str, goal: str, seen: dict, value, more: bool = False) -> dict:
            return figure(f"{kind}: {name}", unit, goal, more, **{each.name: [value(one) for one in all] for each, all in seen.items()})

        return [
            line("CPU of a request", "µs", f"≤ {GOALS_US[kind]}", busy, lambda one: 1e6 * one["cpu"] / one["requests"]),
            line("requests", "1/s", "", busy, lambda one: one["requests"] / one["seconds"], more=True),
            line("p50 at 70 % load", "ms", "", calm, lambda one: one["p50"]),
            line("p99 at 70 % load", "ms", f"< {GOAL_P99_MS}", calm, lambda one: one["p99"]),
        ]

    def pause(self) -> dict:
        """How long the machine keeps a program waiting that has a core to itself."""
        return json.loads(output_of(pinned(MEASURED_CORE, [self.load_tool, "pauses", self.sizes["seconds"]])))

    def written(self, contender: Contender, kind: str) -> Path:
        path = self.scratch / f"{contender.name}-{kind.replace(' ', '-')}.requests"
        with path.open("wb") as file:
            for request in self.requests(contender, kind):
                wire = request.wire()
                file.write(struct.pack("=I", len(wire)) + wire)
        return path

    def compare(self, contender: Contender, server: Server, kind: str) -> None:
        """Compares the first answers with LightGBM's own predictions."""
        size, booster = KINDS[kind], lightgbm.Booster(model_file=self.model)
        furthest = 0.0
        for at in range(min(COMPARED, self.sizes["many"])):
            rows = self.rows[size * at : size * (at + 1)]
            status, body, headers = server.answer(contender.request(kind, rows))
            if status != 200:
                raise RuntimeError(f"{contender.name} answers {status} to {kind}: {body[:500]!r}")
            found = contender.predictions(kind, body, headers).ravel()
            truth = booster.predict(rows.astype(np.float32), num_threads=1)
            furthest = max(furthest, float(np.abs(found - truth).max()) if len(found) == size else np.inf)
        if furthest > DIFFERENCE_MAX:
            differ = f"predictions differ from LightGBM's by {furthest:.1e}"
            self.faults.append(f"{contender.name}, {kind}: {differ}, so its figures mean nothing")

    def counts(self) -> list[dict]:
        """What Martlet asks of malloc for a request, and where the processor tells, how many instructions it runs."""
        martlet = next(each for each in self.contenders if isinstance(each, Martlet))
        library = build("allocations.c", self.scratch / "allocations.so", "-shared", "-fPIC")
        counts = self.scratch / "counts"
        calls, sizes, instructions = {}, {}, {}
        with martlet.start(self.first(martlet), LD_PRELOAD=str(library), MARTLET_BENCH_COUNTS=str(counts)) as server:
            for kind in KINDS:
                requests = self.requests(martlet, kind)
                server.ask(requests[:200], 1)
                before = struct.unpack("=2Q", counts.read_bytes())
                asked = [requests[at % len(requests)] for at in range(self.sizes["counted"])]
                server.ask(asked, 1)
                after = struct.unpack("=2Q", counts.read_bytes())
                calls[kind], sizes[kind] = ((late - early) / len(asked) for early, late in zip(before, after))
                instructions[kind] = self.instructions(server, self.written(martlet, kind))
        found = []
        for kind in KINDS:
            found.append(figure(f"{kind}: calls of malloc", "a request", martlet=[calls[kind]]))
            found.append(figure(f"{kind}: bytes from malloc", "KB a request", martlet=[sizes[kind] / 1e3]))
            found.append(figure(f"{kind}: instructions", "1,000 a request", martlet=instructions[kind]))
        return [each for each in found if each["sides"]]

    def instructions(self, server: Server, requests: Path) -> list[float]:
        """Thousands of instructions of a request, in user mode; empty where perf or the processor's counters are missing."""
        perf = shutil.which("perf")
        if perf is None:
            return []
        load = [self.load_tool, "closed", server.port, requests, 1, REQUESTS_MAX, self.sizes["seconds"]]
        counted = self.scratch / "instructions"
        seen = output_of([perf, "stat", "-x,", "-e", "instructions:u", "-o", counted, "-p", server.process.pid, "--", *load])
        value = next((line.split(",")[0] for line in counted.read_text().splitlines() if "instructions" in line), "")
        return [int(value) / json.loads(seen)["requests"] / 1e3] if value.isdigit() else []

    def measure(self) -> list[dict]:
        names = ", ".join(each.name for each in self.contenders)
        say(f"starting {names}")
        start, first_memory = self.starts()
        found: list[dict] = []
        with ExitStack() as stack:
            servers = {each: stack.enter_context(each.start(self.first(each))) for each in self.contenders}
            for kind in KINDS:
                say(f"{kind}: {self.sizes['repetitions']} × {self.sizes['seconds']} s at full load and at 70 %")
                found += self.kind(servers, kind)
            rss = {each.name: [server.memory_megabytes("Rss")] for each, server in servers.items()}
            pss = {each.name: [server.memory_megabytes("Pss")] for each, server in servers.items()}
        found += [start, first_memory, figure("resident memory, after all load", "MB", f"≤ {GOAL_MB}", **rss)]
        found += [figure("resident memory, after all load, Pss", "MB", **pss)]
        waits = [each["p99"] for each in self.pauses]
        found.append(figure("p99 of what takes no time, on the server's core", "ms", machine=waits))
        self.notes.append(f"longest pause of the machine, between the measurements: {max(each['longest'] for each in self.pauses):.1f} ms.")
        say("counting allocations")
        counts = self.counts()
        if not any("instructions" in each["name"] for each in counts):
            self.notes.append("instructions of a request: perf is not there, or this machine's processor hides its counters.")
        return found + counts


def run(scratch: Path, quick: bool) -> dict:
    sizes = QUICK if quick else FULL
    say("training the model")
    output_of([sys.executable, models.__file__, scratch, sizes["training"], 1, "100x31"], OMP_NUM_THREADS=str(len(CORES)))
    bench = Bench(scratch, sizes)
    figures = bench.measure()
    cores = "server on one core, client on another" if len(CORES) > 1 else "server and client share the only core"
    bench.notes.append(f"100×31; {CONNECTIONS} connections; {cores}.")
    return part("Servers: one model of 100×31", figures, bench.notes, bench.faults)
