"""Writes tritonclient.json: request bodies as tritonclient makes them, and what they hold.

Then, where answers.json is there, reads its bodies as tritonclient does and compares them with what they are said to hold.
python -m venv v && v/bin/pip install 'tritonclient[http]==2.73.0' && v/bin/python make-tritonclient.py
"""

import base64
import json
import pathlib

import ml_dtypes
import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput, InferResult

FOLDER = pathlib.Path(__file__).parent


def bits(array):
    """Elements as JSON that says them exactly: bits of floats, base64 of bytes."""
    kind = array.dtype
    if kind == np.object_:
        return [base64.b64encode(e if isinstance(e, bytes) else str(e).encode()).decode() for e in array.flatten()]
    if kind == np.bool_:
        return [bool(e) for e in array.flatten()]
    if kind in (np.float16, np.float32, np.float64, ml_dtypes.bfloat16):
        return [str(int(e)) for e in array.flatten().view({2: np.uint16, 4: np.uint32, 8: np.uint64}[kind.itemsize])]
    return [str(int(e)) for e in array.flatten()]


def tensor(name, datatype, array):
    return {"name": name, "datatype": datatype, "shape": list(array.shape), "bits": bits(array)}


def request(name, tensors, binary, outputs=None, **more):
    inputs = []
    for tensor_name, datatype, array in tensors:
        item = InferInput(tensor_name, list(array.shape), datatype)
        inputs.append(item.set_data_from_numpy(array, binary_data=binary))
    body, json_size = InferenceServerClient.generate_request_body(inputs, outputs=outputs, **more)
    return {
        "name": name, "body": base64.b64encode(body).decode(), "json_size": json_size,
        "inputs": [tensor(*item) for item in tensors],
    }


def requests():
    generator = np.random.default_rng(7)
    normal = generator.normal(size=(3, 4))
    special = np.array([[0.0, -0.0, np.nan], [np.inf, -np.inf, 1e-40]])
    integers = {
        "UINT8": np.uint8, "UINT16": np.uint16, "UINT32": np.uint32, "UINT64": np.uint64,
        "INT8": np.int8, "INT16": np.int16, "INT32": np.int32, "INT64": np.int64,
    }
    edges = [("x" + d, d, np.array([np.iinfo(t).min, 0, 1, np.iinfo(t).max], dtype=t)) for d, t in integers.items()]
    texts = np.array([["plain", 'quote " \\ / \n \x01'], ["grüße", "🐦 ünder"]], dtype=np.object_)
    raw = np.array([b"", b"\x00\xff\xfe", b"abc"], dtype=np.object_)
    floats = [("f", "FP32", normal.astype(np.float32)), ("d", "FP64", normal)]
    outputs = [InferRequestedOutput("score", binary_data=False), InferRequestedOutput("class", class_count=2)]
    yield request("floats as text", floats, False, outputs)
    yield request("floats as bytes", floats, True)
    yield request("special numbers as text", [("f", "FP32", special.astype(np.float32)), ("d", "FP64", special)], False, outputs)
    yield request("half floats as text", [("h", "FP16", normal.astype(np.float16))], False, outputs)
    yield request(
        "narrow floats as bytes",
        [("h", "FP16", special.astype(np.float16)), ("b", "BF16", normal.astype(ml_dtypes.bfloat16))], True,
    )
    yield request("integers as text", edges, False, outputs)
    yield request("integers as bytes", edges, True)
    yield request("truths as text", [("b", "BOOL", np.array([True, False]))], False, outputs)
    yield request("truths as bytes", [("b", "BOOL", np.array([True, False]))], True)
    yield request("texts as text", [("t", "BYTES", texts)], False, outputs)
    yield request("texts as bytes", [("t", "BYTES", texts), ("r", "BYTES", raw)], True)
    yield request("an empty tensor", [("e", "FP32", np.zeros((0, 4), dtype=np.float32))], True)
    yield request(
        "everything else", floats[:1], True, [InferRequestedOutput("score")], request_id="a-1", sequence_id=42, sequence_start=True,
        priority=2, timeout=1500, parameters={"mine": "x", "deep": True},
    )


def check_answers(path):
    for answer in json.loads(path.read_text()):
        result = InferResult.from_response_body(base64.b64decode(answer["body"]), header_length=answer["json_size"])
        for expected in answer["outputs"]:
            found = result.as_numpy(expected["name"])
            assert list(found.shape) == expected["shape"], (answer["name"], expected["name"], found.shape)
            if found.dtype == np.object_:
                found = np.array([e.encode() if isinstance(e, str) else e for e in found.flatten()], dtype=np.object_)
            assert bits(found) == expected["bits"], (answer["name"], expected["name"], bits(found))
        assert result.get_response()["model_name"] == "rides", answer["name"]
        print("read", answer["name"])


(FOLDER / "tritonclient.json").write_text(json.dumps(list(requests()), indent=1) + "\n")
if (FOLDER / "answers.json").exists():
    check_answers(FOLDER / "answers.json")
