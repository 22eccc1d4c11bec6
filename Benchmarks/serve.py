"""A server as a process: start it, ask it, tell what it uses, stop it."""

import os
import socket
import subprocess
import threading
import time
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS_MAX = 60
ANSWER_SECONDS_MAX = 30
STOP_SECONDS_MAX = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Connection:
    """One connection that is kept alive. Requests are whole, made beforehand, so that asking costs next to nothing."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS_MAX)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer."""
        self.socket.sendall(request)
        data, length = b"", None
        while length is None or len(data) < length:
            piece = self.socket.recv(65_536)
            if not piece:
                raise ConnectionError("the server closed the connection before it had answered")
            data += piece
            if length is None and (end := data.find(b"\r\n\r\n")) >= 0:
                head = data[:end].lower()
                length = end + 4 + int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        return int(data[9:12]), data[end + 4 :]

    def close(self) -> None:
        self.socket.close()


class Server:
    """A process that listens on a port of 127.0.0.1, with its children; `started` is how long its first answer took."""

    def __init__(self, command: list[str], port: int, first: bytes, log: Path, environment: dict[str, str] | None = None):
        self.port = port
        begun = time.perf_counter()
        with log.open("ab") as output:
            self.process = subprocess.Popen(command, stdout=output, stderr=output, env=os.environ | (environment or {}))
        try:
            while not self._answers(first):
                if self.process.poll() is not None or time.perf_counter() - begun > START_SECONDS_MAX:
                    raise RuntimeError(f"'{' '.join(command)}' does not answer; it said:\n{log.read_text()[-2_000:]}")
                time.sleep(0.002)
        except BaseException:
            self.stop()
            raise
        self.started = time.perf_counter() - begun

    def _answers(self, request: bytes) -> bool:
        try:
            connection = Connection(self.port)
        except OSError:
            return False  # not listening yet
        try:
            return connection.ask(request)[0] == 200
        finally:
            connection.close()

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

    # What it uses

    def processes(self) -> list[int]:
        found = [self.process.pid]
        for process in found:
            for children in Path(f"/proc/{process}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def cpu_seconds(self) -> float:
        """CPU time of the process and its children, dead ones included."""
        fields = (Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split() for process in self.processes())
        return sum(sum(map(int, field[11:15])) for field in fields) / TICK

    def memory_megabytes(self) -> dict[str, float]:
        """Resident memory: all of it, and Pss, in which a page that several processes share is divided among them."""
        rollups = [Path(f"/proc/{process}/smaps_rollup").read_text().splitlines() for process in self.processes()]
        sizes = [line.split() for rollup in rollups for line in rollup]
        return {name: sum(int(size[1]) for size in sizes if size[0] == f"{name}:") / 1024 for name in ("Rss", "Pss")}

    # Asking

    def answers(self, requests: list[bytes], connections: int) -> dict:
        """All requests once, over so many connections at a time: the answers in order, CPU and wall seconds."""
        answers: list = [None] * len(requests)
        faults: list[Exception] = []
        opened = [Connection(self.port) for _ in range(connections)]

        def work(first: int) -> None:
            try:
                for position in range(first, len(requests), connections):
                    answers[position] = opened[first].ask(requests[position])
            except Exception as fault:
                faults.append(fault)

        threads = [threading.Thread(target=work, args=(first,)) for first in range(connections)]
        cpu, wall = self.cpu_seconds(), time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wall, cpu = time.perf_counter() - wall, self.cpu_seconds() - cpu
        for connection in opened:
            connection.close()
        if faults:
            raise faults[0]
        return {"answers": answers, "cpu": cpu, "wall": wall}
