"""Tracking servers: CPU of what clients do most, of searches, start, memory, idling."""

import json
import sqlite3
import struct
import time
import uuid
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import numpy as np

from machine import LOADING_CORE, MARTLET, MARTLET_BENCH, MEASURED_CORE, build, not_installed, output_of, pinned, python_of, say
from report import figure, part
from server import Request, Server, free_port

FULL = {"starts": 3, "repetitions": 5, "seconds": 2.0, "batches": 30, "searches": 15, "crashes": 10, "runs": 10_000, "many": 1_000_000, "points": 1_000_000}
QUICK = {"starts": 1, "repetitions": 1, "seconds": 0.5, "batches": 5, "searches": 3, "crashes": 2, "runs": 1_000, "many": 20_000, "points": 20_000}
GOALS_MS = {"create-run": 0.2, "log-metric": 0.1, "log-batch of 1000": 3}
CONNECTIONS = 16
REQUESTS_MAX = 2_000_000
IDLE_SECONDS, SETTLING_COUNT_MAX = 8, 20
# No page of a history holds more.
POINTS_MAX = 25_000
METRICS, PARAMETERS = ("auc", "loss", "f1"), ("a", "b", "c")
START = 1_700_000_000_000


def post(path: str, **body: object) -> Request:
    return Request(f"/api/2.0/mlflow/{path}", json.dumps(body).encode())


class Tracker:
    """One tracking server."""

    name: str

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir(exist_ok=True)

    def command(self, port: int) -> list:
        raise NotImplementedError

    def start(self) -> Server:
        port = free_port()
        return Server(pinned(MEASURED_CORE, self.command(port)), port, post("experiments/search", max_results=1), self.folder / "log")

    def fill(self, server: Server, experiment: str, runs: int) -> None:
        """Makes runs with three metrics and three parameters, the same for every server."""
        raise NotImplementedError

    def points(self, server: Server, run: str, count: int) -> None:
        """Makes points of one metric."""
        raise NotImplementedError


class Martlet(Tracker):
    name = "martlet"

    def command(self, port: int) -> list:
        return [MARTLET, "up", "--home", self.folder / "home", "--tracking-port", port, "--port", "0"]

    def fill(self, server: Server, experiment: str, runs: int) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda share: self.fill_share(server, experiment, share), np.array_split(np.arange(runs), 8)))

    def fill_share(self, server: Server, experiment: str, share: np.ndarray) -> None:
        connection = HTTPConnection("127.0.0.1", server.port)
        for number, values in zip(share.tolist(), metric_values()[share]):
            request = post("runs/create", experiment_id=experiment, start_time=START + number, run_name=f"r{number}")
            run = asked(connection, request)["run"]["info"]["run_id"]
            metrics = [{"key": key, "value": value, "timestamp": 1, "step": 0} for key, value in zip(METRICS, values.tolist())]
            parameters = [{"key": key, "value": str(int(10 * value))} for key, value in zip(PARAMETERS, values)]
            asked(connection, post("runs/log-batch", run_id=run, metrics=metrics, params=parameters))
        connection.close()

    def points(self, server: Server, run: str, count: int) -> None:
        connection = HTTPConnection("127.0.0.1", server.port)
        for first in range(0, count, 1_000):
            points = [{"key": "long", "value": at * 0.5, "timestamp": START + at, "step": at} for at in range(first, first + 1_000)]
            asked(connection, post("runs/log-batch", run_id=run, metrics=points))
        connection.close()


class MLflow(Tracker):
    """MLflow's own server with one worker, filled through its database: through its REST the filling would take most of an hour."""

    name = "MLflow"

    def command(self, port: int) -> list:
        # Its seven processes for jobs, which nobody here asks for, take most of a core for a minute and 2 GB.
        server = ["env", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false", python_of("mlflow").with_name("mlflow"), "server", "--host", "127.0.0.1", "--port", port, "--workers", "1"]
        return server + ["--backend-store-uri", f"sqlite:///{self.database}", "--artifacts-destination", self.folder / "artifacts"]

    @property
    def database(self) -> Path:
        return self.folder / "mlflow.db"

    def fill(self, server: Server, experiment: str, runs: int) -> None:
        values = metric_values()[:runs].tolist()
        names = [uuid.uuid4().hex for _ in range(runs)]
        metrics = [(key, value, 1, run, 0, False) for run, row in zip(names, values) for key, value in zip(METRICS, row)]
        parameters = [(key, str(int(10 * value)), run) for run, row in zip(names, values) for key, value in zip(PARAMETERS, row)]
        rows = [
            (run, f"r{at}", "UNKNOWN", "", "", "u", "RUNNING", START + at, "", "active", f"mlflow-artifacts:/{run}", int(experiment))
            for at, run in enumerate(names)
        ]
        columns = "run_uuid, name, source_type, source_name, entry_point_name, user_id, status, start_time, source_version, "
        columns += "lifecycle_stage, artifact_uri, experiment_id"
        with sqlite3.connect(self.database, timeout=60) as connection:
            connection.executemany(f"INSERT INTO runs ({columns}) VALUES ({', '.join('?' * 12)})", rows)
            for table in ("metrics", "latest_metrics"):
                connection.executemany(
                    f"INSERT INTO {table} (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)", metrics
                )
            connection.executemany("INSERT INTO params (key, value, run_uuid) VALUES (?, ?, ?)", parameters)

    def points(self, server: Server, run: str, count: int) -> None:
        points = (("long", at * 0.5, START + at, run, at, False) for at in range(count))
        with sqlite3.connect(self.database, timeout=60) as connection:
            connection.executemany(
                "INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) VALUES (?, ?, ?, ?, ?, ?)", points
            )


def metric_values() -> np.ndarray:
    return np.random.default_rng(0).random((max(FULL["runs"], QUICK["runs"]), len(METRICS)))


def asked(connection: HTTPConnection, request: Request) -> dict:
    connection.request("POST", request.path, request.body, dict(request.headers))
    response = connection.getresponse()
    body = response.read()
    if response.status != 200:
        raise RuntimeError(f"POST {request.path} is answered {response.status}: {body[:500]!r}")
    return json.loads(body)


class Bench:
    def __init__(self, scratch: Path, sizes: dict):
        self.scratch, self.sizes = scratch, sizes
        self.load_tool = build("load.c", scratch / "load")
        self.notes: list[str] = []
        self.faults: list[str] = []
        self.trackers: list[Tracker] = [Martlet(scratch / "martlet")]
        if python_of("mlflow"):
            self.trackers.append(MLflow(scratch / "mlflow"))
        else:
            self.notes.append(f"MLflow: {not_installed('mlflow')}")

    def ask(self, server: Server, request: Request) -> dict:
        status, body, _ = server.answer(request)
        if status != 200:
            raise RuntimeError(f"POST {request.path} is answered {status}: {body[:500]!r}")
        return json.loads(body)

    def new_run(self, server: Server, experiment: str) -> str:
        return self.ask(server, post("runs/create", experiment_id=experiment, start_time=START))["run"]["info"]["run_id"]

    # Writes

    def writes(self, kind: str, server: Server, experiment: str) -> list[Request]:
        if kind == "create-run":
            return [post("runs/create", experiment_id=experiment, start_time=START + at, run_name="r") for at in range(1_000)]
        run = self.new_run(server, experiment)
        if kind == "log-metric":
            points = ({"key": "loss", "value": 0.5, "timestamp": START + at, "step": at} for at in range(200_000))
            return [post("runs/log-metric", run_id=run, **point) for point in points]

        def metrics(batch: int) -> list[dict]:
            return [
                {"key": f"m{at % 10}", "value": at * 0.1, "timestamp": START + at, "step": 100 * batch + at // 10} for at in range(1_000)
            ]

        return [post("runs/log-batch", run_id=run, metrics=metrics(batch)) for batch in range(self.sizes["batches"])]

    def write(self, kind: str, servers: dict[Tracker, Server], experiments: dict[Tracker, str], idle: dict[Tracker, float]) -> list[dict]:
        """One kind of write to all servers, in turns: CPU and rate, 16 clients at once for the small ones."""
        cost: dict[str, list[float]] = {each.name: [] for each in servers}
        rate: dict[str, list[float]] = {each.name: [] for each in servers}
        for repetition in range(self.sizes["repetitions"]):
            for each in list(servers)[:: -1 if repetition % 2 else 1]:
                server = servers[each]
                path = self.written(self.writes(kind, server, experiments[each]))
                count = self.sizes["batches"] if "batch" in kind else REQUESTS_MAX
                words = ["closed", server.port, path, 1 if "batch" in kind else CONNECTIONS, count]
                cpu, begun = server.cpu_seconds(), time.perf_counter()
                seen = json.loads(output_of(pinned(LOADING_CORE, [self.load_tool, *words, 30 if "batch" in kind else self.sizes["seconds"]])))
                wall = time.perf_counter() - begun
                cpu = server.cpu_seconds() - cpu - idle[each] * wall
                if seen["refused"]:
                    self.faults.append(f"{each.name} refused {seen['refused']} of {seen['requests']} requests of {kind}")
                cost[each.name].append(1e3 * cpu / seen["requests"])
                rate[each.name].append(seen["requests"] / wall)
        return [
            figure(f"{kind}: CPU", "ms", f"≤ {GOALS_MS[kind]}", **cost),
            figure(f"{kind}: requests", "1/s", more=True, **rate),
        ]

    def written(self, requests: list[Request]) -> Path:
        path = self.scratch / "requests"
        with path.open("wb") as file:
            for request in requests:
                wire = request.wire()
                file.write(struct.pack("=I", len(wire)) + wire)
        return path

    # Reads

    def read(self, name: str, goal: str, requests: dict[Tracker, Request], servers: dict[Tracker, Server], idle: dict, times: int) -> dict:
        """One read from all servers, in turns."""
        cost: dict[str, list[float]] = {each.name: [] for each in requests}
        for _ in range(times):
            for each, request in requests.items():
                found = servers[each].ask([request], 1)
                status, body = found["answers"][0]
                if status != 200:
                    raise RuntimeError(f"{each.name} answers {status} to {name}: {body[:500]!r}")
                cost[each.name].append(1e3 * (found["cpu"] - idle[each] * found["wall"]))
        return figure(name, "ms", goal, **cost)

    def searches(self, servers: dict[Tracker, Server], experiments: dict[Tracker, str], idle: dict) -> list[dict]:
        def all_of(**body: object) -> dict[Tracker, Request]:
            return {each: post("runs/search", experiment_ids=[experiments[each]], **body) for each in servers}

        times, runs = self.sizes["searches"], f"{self.sizes['runs']:,} runs"
        ordered = {"filter": "metrics.auc > 0.9", "order_by": ["metrics.auc DESC"], "max_results": 100}
        found = {each.name: [run["info"]["run_name"] for run in self.ask(servers[each], request)["runs"]] for each, request in all_of(**ordered).items()}
        if len(set(map(tuple, found.values()))) > 1:
            self.faults.append("the servers find different runs, so their figures mean nothing")
        return [
            self.read(f"search of {runs}, filter and order by metric, 100 rows: CPU", "≤ 5", all_of(**ordered), servers, idle, times),
            self.read("page of 1000 full runs: CPU", "≤ 20", all_of(max_results=1_000), servers, idle, times),
        ]

    def history(self, servers: dict[Tracker, Server], experiments: dict[Tracker, str], idle: dict) -> dict:
        cost: dict[str, list[float]] = {}
        for each, server in servers.items():
            run = self.new_run(server, experiments[each])
            each.points(server, run, self.sizes["points"])
            path = f"/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=long&max_results=2000"
            costs = []
            for _ in range(self.sizes["searches"]):
                connection = HTTPConnection("127.0.0.1", server.port)
                cpu, begun = server.cpu_seconds(), time.perf_counter()
                connection.request("GET", path)
                response = connection.getresponse()
                points = json.loads(response.read())["metrics"]
                costs.append(1e3 * (server.cpu_seconds() - cpu - idle[each] * (time.perf_counter() - begun)))
                connection.close()
            if not 1_000 <= len(points) <= 2_100:
                self.faults.append(f"{each.name} draws a metric from {len(points)} points")
            cost[each.name] = costs
        return figure(f"a metric of {self.sizes['points']:,} points drawn from 2,000: CPU", "ms", "≤ 10", **cost)

    def many(self) -> dict:
        """The same search over many more runs, which Martlet's own store made."""
        martlet = Martlet(self.scratch / "many")
        say(f"making {self.sizes['many']:,} runs")
        output_of([MARTLET_BENCH, "runs", "--home", martlet.folder / "home", "--count", self.sizes["many"]])
        request = post(
            "runs/search", experiment_ids=["0"], filter="metrics.auc > 0.9", order_by=["metrics.auc DESC"], max_results=100
        )
        with martlet.start() as server:
            name = f"search of {self.sizes['many']:,} runs, filter and order by metric, 100 rows: CPU"
            return self.read(name, "≤ 50", {martlet: request}, {martlet: server}, {martlet: 0}, self.sizes["searches"])

    # Crashes

    def crashes(self) -> None:
        """Kills a server under its clients again and again, and counts what it had acknowledged and what is there afterwards."""
        martlet = Martlet(self.scratch / "crashes")
        acknowledged: dict[str, int] = {}
        for _ in range(self.sizes["crashes"]):
            with martlet.start() as server, ThreadPoolExecutor(CONNECTIONS) as pool:
                clients = [pool.submit(self.log_until_killed, server, acknowledged) for _ in range(CONNECTIONS)]
                time.sleep(self.sizes["seconds"])
                server.process.kill()
                wait(clients)
        found = lost = 0
        with martlet.start() as server:
            connection = HTTPConnection("127.0.0.1", server.port)
            for run, count in acknowledged.items():
                connection.request("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=m")
                steps = {point["step"] for point in json.loads(connection.getresponse().read()).get("metrics", [])}
                found += len(steps)
                lost += len(set(range(count)) - steps)
            connection.close()
        if lost:
            self.faults.append(f"{lost} writes that were acknowledged are lost after kill -9")
        self.notes.append(
            f"kill -9 under {CONNECTIONS} clients, {self.sizes['crashes']} times: {sum(acknowledged.values()):,} writes acknowledged, "
            f"{lost} of them lost; {found:,} found, the others written and not yet acknowledged."
        )

    def log_until_killed(self, server: Server, acknowledged: dict[str, int]) -> None:
        connection = HTTPConnection("127.0.0.1", server.port)
        try:
            run = asked(connection, post("runs/create", experiment_id="0", start_time=START))["run"]["info"]["run_id"]
            for step in range(POINTS_MAX):
                asked(connection, post("runs/log-metric", run_id=run, key="m", value=1, timestamp=1, step=step))
                acknowledged[run] = step + 1
        except (OSError, HTTPException):
            pass  # the server was killed
        finally:
            connection.close()

    # The whole

    def starts(self) -> dict:
        seconds: dict[str, list[float]] = {each.name: [] for each in self.trackers}
        for _ in range(self.sizes["starts"]):
            for each in self.trackers:
                with each.start() as server:
                    seconds[each.name].append(server.started)
        return figure("start to first answer", "s", "≤ 0.3", **seconds)

    def measure(self) -> list[dict]:
        say(f"starting {', '.join(each.name for each in self.trackers)}")
        found = [self.starts()]
        with ExitStack() as stack:
            servers = {each: stack.enter_context(each.start()) for each in self.trackers}
            idle = {each: self.idle(server) for each, server in servers.items()}
            experiments = {
                each: self.ask(server, post("experiments/create", name="filled"))["experiment_id"] for each, server in servers.items()
            }
            written = {each: self.ask(server, post("experiments/create", name="written"))["experiment_id"] for each, server in servers.items()}
            say(f"filling in {self.sizes['runs']:,} runs")
            for each, server in servers.items():
                each.fill(server, experiments[each], self.sizes["runs"])
            found.append(figure("resident memory with the runs", "MB", "≤ 80", **{
                each.name: [server.memory_megabytes("Rss")] for each, server in servers.items()
            }))
            found.append(figure("CPU when idle", "ms a second", "0", **{each.name: [1e3 * idle[each]] for each in servers}))
            for kind in GOALS_MS:
                say(kind)
                found += self.write(kind, servers, written, idle)
            say("searches")
            found += self.searches(servers, experiments, idle)
            found.append(self.history(servers, written, idle))
            found.append(figure("resident memory after all", "MB", **{
                each.name: [server.memory_megabytes("Rss")] for each, server in servers.items()
            }))
        found.append(self.many())
        say("killing servers")
        self.crashes()
        return found

    def idle(self, server: Server) -> float:
        """CPU seconds of a second in which nobody asks, once the server has done what it does after its start."""
        share = 1.0
        for _ in range(SETTLING_COUNT_MAX):
            cpu = server.cpu_seconds()
            time.sleep(IDLE_SECONDS)
            before, share = share, (server.cpu_seconds() - cpu) / IDLE_SECONDS
            if abs(before - share) < 0.01:
                break
        return share


def run(scratch: Path, quick: bool) -> dict:
    bench = Bench(scratch, QUICK if quick else FULL)
    figures = bench.measure()
    bench.notes.append(
        f"Writes are durable when they are answered. create-run and log-metric: {CONNECTIONS} clients at once; the others one. What a server "
        "uses when idle is taken off its figures. MLflow has its job executor off."
    )
    return part("Tracking servers, SQLite", figures, bench.notes, bench.faults)
