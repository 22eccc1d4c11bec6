"""The pricing example, beside a Python server that makes the same decisions."""

import json
import random
import sys
import time
from pathlib import Path

import duckdb

from machine import MARTLET, ROOT, say, used_by
from pricing_peer import Pricing
from report import figure, part
from server import Request, Server, free_port

PROJECT = ROOT / "Examples/pricing/martlet.yaml"
DECIDE = "/v1/endpoints/price/decide"
SIDES = ("martlet", "peer")
HELD_OUT_WEEKS = 12
FULL = {"fresh": 3, "again": 7, "starts": 7, "memory": 1_000, "repetitions": 5, "requests": None}
QUICK = {"fresh": 1, "again": 1, "starts": 1, "memory": 100, "repetitions": 2, "requests": 200}


class Bench:
    def __init__(self, scratch: Path, sizes: dict):
        self.scratch, self.sizes = scratch, sizes
        self.home = scratch

    def command(self, name: str, *words: str) -> list[str]:
        return [str(MARTLET), name, *words, "--project", str(PROJECT), "--home", str(self.home)]

    def timed(self, name: str, *words: str) -> dict:
        return used_by(self.command(name, *words), self.scratch)

    def pipeline(self) -> list[dict]:
        """Runs from nothing, each in a home of its own, then runs with nothing to do in the last of these."""
        say(f"martlet run, {self.sizes['fresh']} × from nothing and {self.sizes['again']} × with nothing to do")
        fresh = []
        for count in range(self.sizes["fresh"]):
            self.home = self.scratch / f"home-{count}"
            fresh.append(self.timed("run", "--json"))
        self.made = {step["step"]: step["outputs"] for step in json.loads(fresh[-1]["text"])["steps"]}
        again = [self.timed("run", "--json") for _ in range(self.sizes["again"])]
        self.timed("deploy", "price", "--by", "bench")
        return [
            figure(f"martlet run, {what}", unit, martlet=[run[key] for run in runs])
            for what, runs in (("from nothing", fresh), ("nothing to do", again))
            for key, unit in (("cpu", "s of CPU"), ("wall", "s"), ("memory", "MB at most"))
        ]

    def requests(self) -> list[dict]:
        """The held-out weeks as requests, all different, shuffled with a fixed seed."""

        def blob(step: str, output: str) -> Path:
            name = self.made[step][output].removeprefix("sha256:")
            return self.home / "blobs" / name[:2] / name

        card = json.loads(blob("train demand", "card").read_text())
        names = [column["name"] for column in card["inputs"] if column["name"] != "price"]
        rows = duckdb.execute(
            f"""
            WITH known AS (FROM read_parquet('{blob("features shelf", "rows")}') WHERE __known IS NOT NULL)
            SELECT {", ".join(f'"{name}"' for name in names)} FROM known
            WHERE __time IN (SELECT DISTINCT __time FROM known ORDER BY __time DESC LIMIT {HELD_OUT_WEEKS})
            ORDER BY store, brand, week
            """
        ).fetchall()
        random.Random(7).shuffle(rows)
        chosen = rows[: self.sizes["requests"]]
        return [{name: value for name, value in zip(names, row) if value is not None} for row in chosen]

    def trees(self, requests: list[dict]) -> dict:
        """CPU of the trees alone: LightGBM's predict for 250 candidates, called in this process."""
        pricing = Pricing(self.home / "blobs", self.made["release price"]["manifest"])
        matrices = [pricing.request_matrix(request) for request in requests[: self.sizes["memory"]]]
        values = []
        for _ in range(self.sizes["repetitions"]):
            begun = time.process_time()
            for matrix in matrices:
                pricing.booster.predict(matrix, num_threads=1)
            values.append(1_000 * (time.process_time() - begun) / len(matrices))
        return figure("CPU of the trees alone", "ms", peer=values)

    def server(self, side: str, first: Request) -> Server:
        port = free_port()
        if side == "martlet":
            command = self.command("up", "--no-run", "--port", str(port), "--tracking-port", "0")
        else:
            script, release = Path(__file__).with_name("pricing_peer.py"), self.made["release price"]["manifest"]
            command = [sys.executable, str(script), str(self.home / "blobs"), release, str(port)]
        return Server(command, port, first, self.scratch / f"{side}.log")

    def starts(self, first: Request) -> dict:
        say(f"starting each server {self.sizes['starts']} times, after one start that does not count")
        seconds: dict[str, list[float]] = {side: [] for side in SIDES}
        for _ in range(self.sizes["starts"] + 1):
            for side in SIDES:
                with self.server(side, first) as server:
                    seconds[side].append(server.started)
        counted = {side: values[1:] for side, values in seconds.items()}
        return figure("start to first decision", "s", "≤ 0.5", **counted)

    def log_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.home.glob("log/price/answers/*.seg"))

    def memory(self, servers: dict[str, Server], requests: list[Request]) -> list[dict]:
        """Memory of each server after the first requests, and what Martlet wrote to its log for them."""
        before = self.log_bytes()
        answers = {side: server.ask(requests[: self.sizes["memory"]], 1)["answers"] for side, server in servers.items()}
        written = (self.log_bytes() - before) / max(1, sum(status == 200 for status, _ in answers["martlet"]))
        rss = {side: [server.memory_megabytes("Rss")] for side, server in servers.items()}
        pss = {side: [server.memory_megabytes("Pss")] for side, server in servers.items()}
        return [
            figure("resident memory", "MB", "≤ 100", **rss),
            figure("resident memory, Pss", "MB", **pss),
            figure("log of a decision", "bytes", martlet=[written]),
        ]

    def load(self, servers: dict[str, Server], requests: list[Request], connections: int) -> tuple[list, list]:
        """Every request once, in as many parts as there are repetitions; the sides take turns in going first."""
        cpu: dict[str, list[float]] = {side: [] for side in SIDES}
        rate: dict[str, list[float]] = {side: [] for side in SIDES}
        pairs = []
        for repetition in range(self.sizes["repetitions"]):
            part = requests[repetition :: self.sizes["repetitions"]]
            answers = {}
            for side in SIDES[:: -1 if repetition % 2 else 1]:
                used = servers[side].ask(part, connections)
                cpu[side].append(1_000 * used["cpu"] / len(part))
                rate[side].append(len(part) / used["wall"])
                answers[side] = used["answers"]
            pairs += zip(*(answers[side] for side in SIDES))
        name = f"{connections} connection{'s' if connections > 1 else ''}"
        return [figure(f"CPU of a decision, {name}", "ms", **cpu), figure(f"decisions, {name}", "1/s", more=True, **rate)], pairs

    def figures(self) -> tuple[list[dict], dict]:
        found = self.pipeline()
        asked = self.requests()
        requests = [Request(DECIDE, json.dumps(request).encode()) for request in asked]
        found.insert(0, self.starts(requests[0]))
        say(f"{len(requests):,} different requests to each server, over 1 connection and over 8")
        pairs: list = []
        with self.server("martlet", requests[0]) as martlet, self.server("peer", requests[0]) as peer:
            servers = {"martlet": martlet, "peer": peer}
            found += self.memory(servers, requests)
            for connections in (1, 8):
                loaded, answers = self.load(servers, requests, connections)
                found, pairs = found + loaded, pairs + answers
        return found + [self.trees(asked)], agreement(pairs)


def agreement(pairs: list[tuple]) -> dict:
    """How far two sides give the same answers; where both say that no price is allowed, they agree."""
    same = refused = 0
    furthest = 0.0
    for (status, body), (peer_status, peer_body) in pairs:
        if not {status, peer_status} <= {200, 409}:
            raise RuntimeError(f"expected decisions: Martlet {status} {body!r}, the peer {peer_status} {peer_body!r}")
        if status == peer_status == 200:
            answer, peer = json.loads(body), json.loads(peer_body)
            if answer["price"] == peer["price"]:
                same += 1
                furthest = max(furthest, abs(answer["expected_units"] / peer["expected_units"] - 1))
        elif status == peer_status:
            same, refused = same + 1, refused + 1
    count = len(pairs)
    return {"answers": count, "same": same / count, "no_price": refused / count, "units_differ": furthest}


def run(scratch: Path, quick: bool) -> dict:
    figures, agreed = Bench(scratch, QUICK if quick else FULL).figures()
    notes = [
        f"{agreed['same']:.2%} of {agreed['answers']:,} answers agree in price ({agreed['no_price']:.2%}: neither has one);",
        f"where they do, the expected units differ by {agreed['units_differ']:.1e} of themselves at most.",
    ]
    faults = [] if agreed["same"] >= 0.99 else ["fewer than 99 % of the prices agree, so the two do not make the same decision"]
    return part("Pricing: the example from table to decision", figures, notes, faults, agreement=agreed)
