"""What tritonclient's HTTP client reads of a server: prints one JSON object. Arguments: the port, the model's name."""

import json
import sys

import numpy
import tritonclient.http as triton

port, model = sys.argv[1], sys.argv[2]
rows = [[0.1, 0.1], [0.5, 0.9], [0.7, 0.2], [float("nan"), 0.6]]


def refusal(call):
    """The status and text with which a call is refused."""
    try:
        call()
    except triton.InferenceServerException as error:
        return {"status": error.status(), "message": error.message()}
    return None


def tensor(elements, datatype="FP32", binary=True):
    kind = triton.np_to_triton_dtype
    array = numpy.array(elements, numpy.float64 if datatype == "FP64" else numpy.float32)
    assert kind(array.dtype) == datatype
    made = triton.InferInput("input", list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return [made]


def predictions(binary_in=True, binary_out=True, datatype="FP32", **options):
    # JSON has no number for what is missing.
    elements = rows if binary_in else rows[:3]
    outputs = [triton.InferRequestedOutput("output", binary_data=binary_out)]
    answer = client.infer(model, tensor(elements, datatype, binary_in), outputs=outputs, **options)
    return answer.as_numpy("output").tolist()


with triton.InferenceServerClient(f"127.0.0.1:{port}", concurrency=4) as client:
    said = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "server": client.get_server_metadata(),
        "metadata": client.get_model_metadata(model),
        "config": client.get_model_config(model),
        "predictions": {
            "binary": predictions(),
            "json": predictions(False, False),
            "json in": predictions(binary_in=False),
            "json out": predictions(binary_out=False),
            "double": predictions(datatype="FP64"),
            "gzip": predictions(request_compression_algorithm="gzip", response_compression_algorithm="gzip"),
            "deflate": predictions(request_compression_algorithm="deflate", response_compression_algorithm="deflate"),
            "gzip of json": predictions(False, False, request_compression_algorithm="gzip", response_compression_algorithm="gzip"),
            "no outputs named": client.infer(model, tensor(rows)).as_numpy("output").tolist(),
            "by version": client.infer(model, tensor(rows), model_version="1").as_numpy("output").tolist(),
            "async": [
                call.get_result().as_numpy("output").tolist()
                for call in [client.async_infer(model, tensor(rows[:count])) for count in (1, 2, 3, 4)]
            ],
        },
        "identifier": client.infer(model, tensor(rows), request_id="order-7", priority=1, timeout=10_000_000).get_response()["id"],
        "refusals": {
            "shape": refusal(lambda: client.infer(model, tensor([[1.0, 2.0, 3.0]]))),
            "model": refusal(lambda: client.infer("absent", tensor(rows))),
            "version": refusal(lambda: client.infer(model, tensor(rows), model_version="9")),
            "output": refusal(lambda: client.infer(model, tensor(rows), outputs=[triton.InferRequestedOutput("margin")])),
            "load": refusal(lambda: client.load_model("absent")),
        },
        "statistics": client.get_inference_statistics(model)["model_stats"][0],
        "index": client.get_model_repository_index(),
    }
    client.unload_model(model)
    said["unloaded"] = {"ready": client.is_model_ready(model), "infer": refusal(lambda: client.infer(model, tensor(rows)))}
    client.load_model(model)
    said["loaded again"] = {"ready": client.is_model_ready(model), "predictions": predictions()}

print(json.dumps(said))
