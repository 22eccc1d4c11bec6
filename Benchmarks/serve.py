"""A server as a process: start it, ask it, tell what it uses, stop it."""

import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

DECIDE = "/v1/endpoints/price/decide"
START_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 30
STOP_SECONDS_MAX = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens on a port of 127.0.0.1; `started` is the seconds from its start to its first answer."""

    def __init__(self, command: list[str], port: int, first: bytes, log: Path):
        self.port = port
        begun = time.perf_counter()
        with log.open("ab") as output:
            environment = os.environ | {"OMP_NUM_THREADS": "1"}
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            while not self._answers(first):
                if self.process.poll() is not None or time.perf_counter() - begun > START_SECONDS_MAX:
                    raise RuntimeError(f"'{' '.join(command)}' does not answer; it said:\n{log.read_text()[-2_000:]}")
                time.sleep(0.002)
            self.started = time.perf_counter() - begun
        except BaseException:
            self.stop()
            raise

    def _answers(self, request: bytes) -> bool:
        try:
            return self._ask_all([request])[0][0] == 200
        except ConnectionRefusedError:
            return False  # not listening yet

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _processes(self) -> list[Path]:
        """The process and its children in /proc."""
        found = [Path(f"/proc/{self.process.pid}")]
        for process in found:
            for children in process.glob("task/*/children"):
                found += [Path(f"/proc/{child}") for child in children.read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """CPU time, user and system, of the process and its children, ended ones included."""
        stats = [(process / "stat").read_text().rpartition(")")[2].split() for process in self._processes()]
        return sum(int(ticks) for stat in stats for ticks in stat[11:15]) / os.sysconf("SC_CLK_TCK")

    def memory_megabytes(self, kind: str) -> float:
        """Resident memory: `Rss` counts every page, `Pss` divides a page among the processes that share it."""
        lines = [line.split() for process in self._processes() for line in (process / "smaps_rollup").open()]
        return sum(int(line[1]) for line in lines if line[0] == f"{kind}:") / 1024

    def ask(self, requests: list[bytes], connections: int) -> dict:
        """Asks each request once, over connections that are kept alive: answers in order, CPU and wall seconds."""
        answers: list = [None] * len(requests)
        cpu, wall = self.cpu_seconds(), time.perf_counter()
        with ThreadPoolExecutor(connections) as pool:
            shares = [requests[share::connections] for share in range(connections)]
            for share, result in enumerate(pool.map(self._ask_all, shares)):
                answers[share::connections] = result
        return {"answers": answers, "cpu": self.cpu_seconds() - cpu, "wall": time.perf_counter() - wall}

    def _ask_all(self, requests: list[bytes]) -> list[tuple[int, bytes]]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        try:
            answers = []
            for request in requests:
                connection.request("POST", DECIDE, request, {"content-type": "application/json"})
                response = connection.getresponse()
                answers.append((response.status, response.read()))
            return answers
        finally:
            connection.close()
