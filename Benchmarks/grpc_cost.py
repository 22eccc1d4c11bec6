"""Measures what a request over gRPC costs a running 'martlet serve': user and system time of its process.

usage: .deps/python-tests/bin/python Benchmarks/grpc_cost.py PID HOST:PORT MODEL

Sends rows of random floats as raw contents, 16 requests at a time over one connection: one row, and 250. Prints the median of 5
repetitions of each, with the least and the greatest, in microseconds. The requests are written once, so that the client, which shares
the machine, does not hold the server up more than it must.
"""

import os
import statistics
import sys
import threading
from pathlib import Path

import grpc
import numpy as np
from tritonclient.grpc import service_pb2

IN_FLIGHT = 16
REPETITIONS = 5
REQUESTS = {1: 10_000, 250: 5_000}
WARM_UP = 1_000


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def requests(model: str, rows: int, columns: int) -> list[bytes]:
    """Different requests of random rows."""
    random = np.random.default_rng(7)
    messages = []
    for _ in range(64):
        message = service_pb2.ModelInferRequest(model_name=model)
        message.inputs.add(name="input", datatype="FP32", shape=[rows, columns])
        message.raw_input_contents.append(random.normal(size=(rows, columns)).astype(np.float32).tobytes())
        messages.append(message.SerializeToString())
    return messages


def send(call, messages: list[bytes], count: int) -> None:
    """Sends requests in turn and waits for their answers; ends the program where one fails."""
    places = threading.Semaphore(IN_FLIGHT)
    failures = []

    def done(future):
        if future.exception() is not None:
            failures.append(future.exception())
        places.release()

    for number in range(count):
        places.acquire()
        call.future(messages[number % len(messages)]).add_done_callback(done)
    for _ in range(IN_FLIGHT):
        places.acquire()
    if failures:
        sys.exit(f"{len(failures)} of {count} requests failed: {failures[0]}")


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    pid, address, model = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    with grpc.insecure_channel(address) as channel:
        service = "/inference.GRPCInferenceService/"
        metadata = channel.unary_unary(
            service + "ModelMetadata", service_pb2.ModelMetadataRequest.SerializeToString,
            service_pb2.ModelMetadataResponse.FromString)(service_pb2.ModelMetadataRequest(name=model))
        call = channel.unary_unary(service + "ModelInfer")
        for rows, count in REQUESTS.items():
            messages = requests(model, rows, metadata.inputs[0].shape[1])
            send(call, messages, WARM_UP)
            found = []
            for _ in range(REPETITIONS):
                before = cpu_seconds(pid)
                send(call, messages, count)
                found.append((cpu_seconds(pid) - before) / count * 1e6)
            print(f"{rows} rows: {statistics.median(found):.0f} µs [{min(found):.0f} … {max(found):.0f}]")


if __name__ == "__main__":
    main()
