"""A server as a process: start it, ask it, tell what it uses, stop it."""

import os
import socket
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path
from typing import NamedTuple

from machine import ONE_THREAD

START_SECONDS_MAX = 180
ANSWER_SECONDS_MAX = 30
STOP_SECONDS_MAX = 60
JSON = (("content-type", "application/json"),)


class Request(NamedTuple):
    """What is posted."""

    path: str
    body: bytes
    headers: tuple = JSON

    def wire(self) -> bytes:
        """The request as it goes through the connection."""
        lines = [f"POST {self.path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(self.body)}"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A process that listens on a port of 127.0.0.1; `started` is the seconds from its start to its first answer."""

    def __init__(self, command: list[str], port: int, first: Request, log: Path, **environment: str):
        self.port = port
        begun = time.perf_counter()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                [*map(str, command)], stdout=output, stderr=output, cwd=log.parent, env=os.environ | ONE_THREAD | environment
            )
        try:
            while not self._answers(first):
                if self.process.poll() is not None or time.perf_counter() - begun > START_SECONDS_MAX:
                    said = log.read_text()[-2_000:]
                    raise RuntimeError(f"'{' '.join(map(str, command))}' does not answer; it said:\n{said}")
                time.sleep(0.002)
            self.started = time.perf_counter() - begun
        except BaseException:
            self.stop()
            raise

    def _answers(self, request: Request) -> bool:
        try:
            return self._ask_all([request])[0][0] == 200
        except (ConnectionRefusedError, ConnectionResetError, RemoteDisconnected):
            return False  # not listening yet

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Ends the process, and children that it leaves behind."""
        children = self._processes()[1:]
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for child in children:
            try:
                os.kill(int(child.name), 9)
            except ProcessLookupError:
                pass  # ended with its parent

    def _processes(self) -> list[Path]:
        """The process and its children in /proc."""
        found = [Path(f"/proc/{self.process.pid}")]
        for process in found:
            for children in process.glob("task/*/children"):
                found += [Path(f"/proc/{child}") for child in children.read_text().split()]
        return found

    def cpu_seconds(self) -> float:
        """CPU time, user and system, of the process and the children that live, in nanoseconds' resolution."""
        # The number of a process's CPU clock, as clock_getcpuclockid(3) makes it.
        return sum(time.clock_gettime(~int(process.name) << 3 | 2) for process in self._processes())

    def memory_megabytes(self, kind: str) -> float:
        """Resident memory in 10^6 bytes: `Rss` counts every page, `Pss` divides a page among the processes that share it."""
        lines = [line.split() for process in self._processes() for line in (process / "smaps_rollup").open()]
        return sum(int(line[1]) for line in lines if line[0] == f"{kind}:") * 1_024 / 1e6

    def ask(self, requests: list[Request], connections: int) -> dict:
        """Asks each request once, over connections that are kept alive: answers in order, CPU and wall seconds."""
        answers: list = [None] * len(requests)
        cpu, wall = self.cpu_seconds(), time.perf_counter()
        with ThreadPoolExecutor(connections) as pool:
            shares = [requests[share::connections] for share in range(connections)]
            for share, result in enumerate(pool.map(self._ask_all, shares)):
                answers[share::connections] = result
        return {"answers": answers, "cpu": self.cpu_seconds() - cpu, "wall": time.perf_counter() - wall}

    def answer(self, request: Request) -> tuple[int, bytes, dict]:
        """One answer on a connection of its own: status, body, headers in lower case."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.request("POST", request.path, request.body, dict(request.headers))
            response = connection.getresponse()
            return response.status, response.read(), {name.lower(): value for name, value in response.getheaders()}
        finally:
            connection.close()

    def _ask_all(self, requests: list[Request]) -> list[tuple[int, bytes]]:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS_MAX)
        try:
            answers = []
            for request in requests:
                connection.request("POST", request.path, request.body, dict(request.headers))
                response = connection.getresponse()
                answers.append((response.status, response.read()))
            return answers
        finally:
            connection.close()
