#!/usr/bin/env python3
"""Speaks to a running server as Triton's own gRPC client does, and checks what it answers.

usage: grpc_client.py GRPC_HOST:PORT HTTP_HOST:PORT MODEL

The model is a ready one of numbers, whose first dimension is rows; its inputs are made up by what it says of itself. Needs
tritonclient[grpc]. Prints what it checked; ends with status 1 and the difference where there is one.
"""
import json, queue, sys, urllib.request

import grpc
import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException, np_to_triton_dtype, triton_to_np_dtype

ROWS = 250
WAIT_SECONDS_MAX = 60


def check(condition, what, detail=""):
    if not condition:
        sys.exit(f"FAILED  {what}  {detail}")
    print(f"ok      {what}")


def refused(operation, status, what, words=""):
    """Checks that an operation is refused with a status, in words that say why."""
    try:
        operation()
    except InferenceServerException as error:
        found = str(error.status()), error.message()
    except grpc.RpcError as error:
        found = f"StatusCode.{error.code().name}", error.details()
    else:
        found = "no error", ""
    check(found[0] == f"StatusCode.{status}" and words in found[1], what, f"{found}")


def equal(left, right):
    """Whether two answers are the same to the bit."""
    return left.keys() == right.keys() and all(np.array_equal(left[name], right[name], equal_nan=True) for name in left)


class Model:
    """A model, and requests that fit it."""

    def __init__(self, client, name):
        self.client, self.name = client, name
        self.metadata = client.get_model_metadata(name)
        self.config = client.get_model_config(name).config
        self.random = np.random.default_rng(7)

    def arrays(self, rows):
        """Random numbers, some of them missing."""
        arrays = {}
        for tensor in self.metadata.inputs:
            shape = [rows if index == 0 else 3 if size == -1 else size for index, size in enumerate(tensor.shape)]
            array = self.random.random(size=shape).astype(triton_to_np_dtype(tensor.datatype))
            array[array < 0.1] = np.nan
            arrays[tensor.name] = array
        return arrays

    @staticmethod
    def inputs(arrays):
        inputs = []
        for name, array in arrays.items():
            tensor = triton.InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
            tensor.set_data_from_numpy(array)
            inputs.append(tensor)
        return inputs

    @staticmethod
    def outputs(result):
        return {tensor.name: result.as_numpy(tensor.name) for tensor in result.get_response().outputs}

    def infer(self, arrays, **options):
        return self.outputs(self.client.infer(self.name, self.inputs(arrays), **options))


def check_server(client, name):
    check(client.is_server_live(), "the server lives")
    check(client.is_server_ready(), "the server is ready")
    check(client.is_model_ready(name), "the model is ready")
    check(not client.is_model_ready("no_such_model"), "a model that is not there is not ready")
    server = client.get_server_metadata()
    check(server.name == "martlet" and server.version, "the server says its name and version", f"{server}")
    check("binary_tensor_data" in server.extensions, "the server has the binary extension", f"{list(server.extensions)}")


def check_description(model):
    metadata, config = model.metadata, model.config
    check(metadata.name == model.name and len(metadata.versions) >= 1, "the metadata name the model and its version")
    check(config.name == model.name, "the configuration is the model's")
    check([tensor.name for tensor in config.input] == [tensor.name for tensor in metadata.inputs], "configuration and metadata agree")
    dims = [list(tensor.dims) for tensor in config.input]
    check(dims == [list(tensor.shape)[1:] for tensor in metadata.inputs], "the configuration's dimensions leave out the rows", f"{dims}")
    check(model.client.get_model_metadata(model.name, metadata.versions[0]) == metadata, "the version can be named")


def check_http(model, address, arrays, answer):
    inputs = [
        {"name": name, "datatype": np_to_triton_dtype(array.dtype), "shape": list(array.shape),
         "data": [None if np.isnan(number) else number for number in array.reshape(-1).tolist()]}
        for name, array in arrays.items()
    ]
    request = urllib.request.Request(
        f"http://{address}/v2/models/{model.name}/infer", json.dumps({"inputs": inputs}).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=WAIT_SECONDS_MAX) as response:
        outputs = json.load(response)["outputs"]
    found = {
        output["name"]: np.array(output["data"], dtype=triton_to_np_dtype(output["datatype"])).reshape(output["shape"]) for output in outputs
    }
    check(equal(found, answer), "gRPC has the answer that HTTP has, to the bit", f"{found} {answer}")


def check_inference(model, arrays, answer):
    names = [tensor.name for tensor in model.metadata.outputs]
    check(list(answer) == names, "every output comes, in the metadata's order", f"{list(answer)}")
    check(all(len(array) == ROWS for array in answer.values()), "every row is answered")
    for row in (0, ROWS - 1):
        single = model.infer({name: array[row:row + 1] for name, array in arrays.items()})
        check(equal(single, {name: array[row:row + 1] for name, array in answer.items()}), f"row {row} alone has the answer that it has among {ROWS}")
    result = model.client.infer(
        model.name, model.inputs(arrays), request_id="seven", priority=2, timeout=60_000_000, client_timeout=WAIT_SECONDS_MAX)
    check(result.get_response().id == "seven", "the request's id comes back")
    check(equal(model.outputs(result), answer), "priority, timeout and deadline change nothing in the answer")
    one = model.infer(arrays, outputs=[triton.InferRequestedOutput(names[-1])])
    check(list(one) == names[-1:], "only the output that is asked for comes")
    for algorithm in ("gzip", "deflate"):
        check(equal(model.infer(arrays, compression_algorithm=algorithm), answer), f"a request compressed by {algorithm} is read")


def check_typed_contents(model, stub, arrays, answer):
    fields = {"FP32": "fp32_contents", "FP64": "fp64_contents"}
    request = service_pb2.ModelInferRequest(model_name=model.name)
    for name, array in arrays.items():
        datatype = np_to_triton_dtype(array.dtype)
        tensor = request.inputs.add(name=name, datatype=datatype, shape=array.shape)
        getattr(tensor.contents, fields[datatype]).extend(array.reshape(-1).tolist())
    found = model.outputs(triton.InferResult(stub.ModelInfer(request)))
    check(equal(found, answer), "typed contents have the answer that raw ones have")


def check_concurrent(model, arrays, answer):
    answers = queue.Queue()
    for _ in range(32):
        model.client.async_infer(model.name, model.inputs(arrays), lambda result, error: answers.put((result, error)))
    found = [answers.get(timeout=WAIT_SECONDS_MAX) for _ in range(32)]
    check(all(error is None and equal(model.outputs(result), answer) for result, error in found), "32 requests at once are answered")

    model.client.start_stream(lambda result, error: answers.put((result, error)))
    for number in range(3):
        model.client.async_stream_infer("no_such_model" if number == 1 else model.name, model.inputs(arrays), request_id=f"{number}")
    found = [answers.get(timeout=WAIT_SECONDS_MAX) for _ in range(3)]
    model.client.stop_stream()
    check([error is None for _, error in found] == [True, False, True], "a stream goes on after an error", f"{found}")
    check("no_such_model" in found[1][1].message(), "a stream says what is wrong", f"{found[1]}")
    ids = [found[number][0].get_response().id for number in (0, 2)]
    check(ids == ["0", "2"], "a stream answers in the order of its requests", f"{ids}")


def check_refusals(model, stub, arrays):
    client, name = model.client, next(iter(arrays))

    def infer(arrays=arrays, **options):
        return lambda: client.infer(options.pop("model", model.name), model.inputs(arrays), **options)

    def lying():
        request = service_pb2.ModelInferRequest(model_name=model.name)
        request.inputs.add(name=name, datatype="FP32", shape=arrays[name].shape)
        request.raw_input_contents.append(b"\0" * 7)
        stub.ModelInfer(request)

    refused(infer(model="no_such_model"), "NOT_FOUND", "an unknown model is not found", "no_such_model")
    refused(infer(model_version="999"), "NOT_FOUND", "an unknown version is not found", "999")
    refused(infer({"no_such_input": arrays[name]}), "INVALID_ARGUMENT", "an unknown input is refused", "no_such_input")
    refused(
        infer(outputs=[triton.InferRequestedOutput("no_such_output")]), "INVALID_ARGUMENT", "an unknown output is refused", "no_such_output")
    flat = {key: array.reshape(-1) for key, array in arrays.items()}
    refused(infer(flat), "INVALID_ARGUMENT", "a wrong shape is refused", "shape")
    integers = {key: np.zeros(array.shape, dtype=np.int64) for key, array in arrays.items()}
    refused(infer(integers), "INVALID_ARGUMENT", "a wrong datatype is refused by name", "INT64")
    refused(lying, "INVALID_ARGUMENT", "a length that lies is refused", "7 bytes")
    refused(infer({name: np.zeros((17 << 20) // 8).reshape(1, -1)}), "CANCELLED", "a message beyond 16 MiB is refused")
    refused(infer(client_timeout=-1.0), "DEADLINE_EXCEEDED", "a deadline that is over is told")
    check(client.is_server_live(), "the server lives after that")
    refused(client.get_system_shared_memory_status, "UNIMPLEMENTED", "shared memory is not implemented", "shared memory")
    refused(client.get_trace_settings, "UNIMPLEMENTED", "trace settings are not implemented")
    refused(client.get_log_settings, "UNIMPLEMENTED", "log settings are not implemented")


def check_statistics(model, address, arrays):
    def read():
        return model.client.get_inference_statistics(model.name).model_stats[0]

    before = read()
    model.infer(arrays)
    after = read()
    check(after.inference_count - before.inference_count == ROWS, "the statistics count the rows")
    check(after.inference_stats.success.count - before.inference_stats.success.count == 1, "the statistics count the request")
    check(after.inference_stats.fail.count >= 1, "the statistics count the requests that were refused")
    check(after.last_inference >= before.last_inference > 0, "the statistics say when the last request came")
    everything = model.client.get_inference_statistics().model_stats
    check(model.name in [entry.name for entry in everything], "the statistics of all models have this one")
    with urllib.request.urlopen(f"http://{address}/v2/models/{model.name}/stats", timeout=WAIT_SECONDS_MAX) as response:
        count = json.load(response)["model_stats"][0]["inference_count"]
    check(count == after.inference_count, "HTTP has the statistics that gRPC has")


def check_repository(model, arrays, answer):
    client = model.client

    def state():
        return {entry.name: entry.state for entry in client.get_model_repository_index().models}.get(model.name)

    check(state() == "READY", "the index has the model as ready")
    refused(lambda: client.load_model("no_such_model"), "NOT_FOUND", "an unknown model cannot be loaded", "no_such_model")
    refused(lambda: client.unload_model("no_such_model"), "NOT_FOUND", "an unknown model cannot be unloaded", "no_such_model")
    refused(lambda: client.load_model(model.name, config="{}"), "UNIMPLEMENTED", "a model cannot be loaded with another configuration")
    client.load_model(model.name)
    check(equal(model.infer(arrays), answer), "a model that is loaded again answers as before")
    client.unload_model(model.name)
    check(not client.is_model_ready(model.name) and state() == "UNAVAILABLE", "a model that was unloaded is not ready")
    check(client.is_server_ready(), "a server whose model was unloaded on purpose is ready")
    refused(lambda: model.infer(arrays), "UNAVAILABLE", "a model that was unloaded does not answer", model.name)
    client.load_model(model.name)
    check(equal(model.infer(arrays), answer), "it answers once it is loaded")


def check_health(channel, name):
    """The health protocol of gRPC has two messages, which are written here as their bytes."""
    call = channel.unary_unary("/grpc.health.v1.Health/Check")
    check(call(b"") == b"\x08\x01", "the server is said to be serving")
    check(call(b"\x0a" + bytes([len(name)]) + name.encode()) == b"\x08\x01", "the model is said to be serving")
    refused(lambda: call(b"\x0a\x02no"), "NOT_FOUND", "the health of an unknown service is not found")


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    address, http_address, name = sys.argv[1:]
    with triton.InferenceServerClient(address) as client, grpc.insecure_channel(address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        check_server(client, name)
        model = Model(client, name)
        check_description(model)
        arrays = model.arrays(ROWS)
        answer = model.infer(arrays)
        check_http(model, http_address, arrays, answer)
        check_inference(model, arrays, answer)
        check_typed_contents(model, stub, arrays, answer)
        check_concurrent(model, arrays, answer)
        check_refusals(model, stub, arrays)
        check_statistics(model, http_address, arrays)
        check_repository(model, arrays, answer)
        check_health(channel, name)
    print("done")


if __name__ == "__main__":
    main()
