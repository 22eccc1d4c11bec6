"""Writes the small models beside this file. The same versions give the same bytes.

Run it with a Python that has numpy, onnx and openvino: python make-models.py
"""

import pathlib

import numpy
import onnx
import openvino
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent
OPSET, IR_VERSION = 20, 9
TYPES = [
    "BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FLOAT16", "BFLOAT16", "FLOAT", "DOUBLE",
]


def value(name: str, kind: str, shape: list | None):
    """An input or output; a dimension is a size, or a name where it is free."""
    return helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)


def save(name: str, nodes: list, inputs: list, outputs: list, constants: dict | None = None) -> None:
    """Writes a model."""
    arrays = [numpy_helper.from_array(array, key) for key, array in (constants or {}).items()]
    graph = helper.make_graph(nodes, name, inputs, outputs, arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    (FOLDER / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))


def types() -> None:
    """Every type in, the same out."""
    names = [kind.lower() for kind in TYPES]
    save(
        "types", [helper.make_node("Identity", [name], [f"{name}_same"]) for name in names],
        [value(name, kind, ["rows"]) for name, kind in zip(names, TYPES)],
        [value(f"{name}_same", kind, ["rows"]) for name, kind in zip(names, TYPES)],
    )


def affine() -> None:
    """Two outputs of 4 numbers a row: y = x W + b, and the sum of all of y, which has no dimension."""
    constants = {
        "weights": numpy.arange(12, dtype=numpy.float32).reshape(4, 3) - 5, "bias": numpy.array([1, 2, 3], numpy.float32),
    }
    nodes = [
        helper.make_node("MatMul", ["x", "weights"], ["product"]), helper.make_node("Add", ["product", "bias"], ["y"]),
        helper.make_node("ReduceSum", ["y"], ["total"], keepdims=0),
    ]
    outputs = [value("y", "FLOAT", ["batch", 3]), value("total", "FLOAT", [])]
    save("affine", nodes, [value("x", "FLOAT", ["batch", 4])], outputs, constants)
    # OpenVINO's own form, its weights as they are.
    openvino.save_model(openvino.Core().read_model(FOLDER / "affine.onnx"), FOLDER / "affine.xml", compress_to_fp16=False)


def dense() -> None:
    """32 numbers a row through a matrix of 32 x 32 and a tanh: enough for bf16 to differ."""
    weights = numpy.random.default_rng(7).normal(size=(32, 32)).astype(numpy.float32)
    nodes = [helper.make_node("MatMul", ["x", "weights"], ["product"]), helper.make_node("Tanh", ["product"], ["y"])]
    save("dense", nodes, [value("x", "FLOAT", ["batch", 32])], [value("y", "FLOAT", ["batch", 32])], {"weights": weights})


def tokens() -> None:
    """Batch and sequence free: the mean of the embeddings of the ids that the mask keeps."""
    table = numpy.random.default_rng(8).normal(size=(50, 8)).astype(numpy.float32)
    nodes = [
        helper.make_node("Gather", ["table", "ids"], ["rows"]), helper.make_node("Cast", ["mask"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "last"], ["wide"]), helper.make_node("Mul", ["rows", "wide"], ["states"]),
        helper.make_node("ReduceSum", ["states", "middle"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["kept", "middle"], ["count"], keepdims=1), helper.make_node("Div", ["sum", "count"], ["mean"]),
    ]
    constants = {"table": table, "last": numpy.array([2], numpy.int64), "middle": numpy.array([1], numpy.int64)}
    inputs = [value(name, "INT64", ["batch", "sequence"]) for name in ("ids", "mask")]
    outputs = [value("states", "FLOAT", ["batch", "sequence", 8]), value("mean", "FLOAT", ["batch", 8])]
    save("tokens", nodes, inputs, outputs, constants)


def refused() -> None:
    """Models that the runtime does not take."""
    save("text", [helper.make_node("Identity", ["x"], ["y"])], [value("x", "STRING", ["rows"])], [value("y", "STRING", ["rows"])])
    save("rankless", [helper.make_node("Relu", ["x"], ["y"])], [value("x", "FLOAT", None)], [value("y", "FLOAT", None)])
    unknown = helper.make_node("NoSuchOperator", ["x"], ["y"], domain="nowhere")
    save("unknown", [unknown], [value("x", "FLOAT", ["rows"])], [value("y", "FLOAT", ["rows"])])


def main() -> None:
    for make in (types, affine, dense, tokens, refused):
        make()


if __name__ == "__main__":
    main()
