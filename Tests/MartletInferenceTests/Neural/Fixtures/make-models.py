"""Writes the small models beside this file. The same versions give the same bytes.

Run it with a Python that has numpy and onnx: python make-models.py
"""

import json
import pathlib

import numpy
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent
OPSET, IR_VERSION = 20, 9
INT64, FLOAT = TensorProto.INT64, TensorProto.FLOAT


def save(path: str, nodes: list, inputs: list, outputs: list, constants: dict) -> None:
    """Writes a model; inputs and outputs are (name, type, shape)."""
    arrays = [numpy_helper.from_array(numpy.asarray(array), key) for key, array in constants.items()]
    infos = [[helper.make_tensor_value_info(*value) for value in values] for values in (inputs, outputs)]
    graph = helper.make_graph(nodes, pathlib.Path(path).stem, *infos, arrays)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    (FOLDER / path).parent.mkdir(exist_ok=True)
    (FOLDER / path).write_bytes(model.SerializeToString(deterministic=True))


def dense() -> None:
    """tanh(x W) of 32 numbers a row, and the same with x and W in 8 bits (QDQ form; weights by column, x from -1 to 1)."""
    weights = numpy.random.default_rng(7).normal(size=(32, 32)).astype(numpy.float32) / 4
    scales = (abs(weights).max(axis=0) / 127).astype(numpy.float32)
    row = [("x", FLOAT, ["batch", 32])], [("y", FLOAT, ["batch", 32])]
    tanh = [helper.make_node("MatMul", ["left", "right"], ["product"]), helper.make_node("Tanh", ["product"], ["y"])]
    exact = [helper.make_node("Identity", ["x"], ["left"]), helper.make_node("Identity", ["weights"], ["right"])]
    save("dense.onnx", exact + tanh, *row, {"weights": weights})
    rounded = [
        helper.make_node("QuantizeLinear", ["x", "x_scale", "x_zero"], ["x_rounded"]),
        helper.make_node("DequantizeLinear", ["x_rounded", "x_scale", "x_zero"], ["left"]),
        helper.make_node("DequantizeLinear", ["weights", "scales", "zeros"], ["right"], axis=1),
    ]
    constants = {
        "weights": numpy.clip(numpy.round(weights / scales), -127, 127).astype(numpy.int8), "scales": scales,
        "zeros": numpy.zeros(32, numpy.int8), "x_scale": numpy.float32(1 / 127), "x_zero": numpy.int8(0),
    }
    save("dense-int8.onnx", rounded + tanh, *row, constants)


def fixed() -> None:
    """A model whose rows are not free, with two inputs: y = a + b."""
    inputs = [("a", FLOAT, [2, 2]), ("b", FLOAT, [2, 2])]
    save("fixed.onnx", [helper.make_node("Add", ["a", "b"], ["y"])], inputs, [("y", FLOAT, [2, 2])], {})


def sentences() -> None:
    """A sentence embedder whose state for token n is (n, n², 1), for at most 8 tokens, in the folder that one has."""
    numbers = numpy.arange(16, dtype=numpy.float32)
    table = numpy.stack([numbers, numbers ** 2, numpy.ones(16, numpy.float32)], axis=1)
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["rows"]), helper.make_node("Shape", ["input_ids"], ["length"], start=1),
        helper.make_node("Slice", ["positions", "zero", "length", "zero"], ["places"]),
        helper.make_node("Add", ["rows", "places"], ["last_hidden_state"]),
    ]
    inputs = [(name, INT64, ["batch", "sequence"]) for name in ("input_ids", "attention_mask", "token_type_ids")]
    constants = {"table": table, "positions": numpy.zeros((8, 3), numpy.float32), "zero": numpy.array([0], numpy.int64)}
    save("sentences/model.onnx", nodes, inputs, [("last_hidden_state", FLOAT, ["batch", "sequence", 3])], constants)
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "c", "##d"]
    (FOLDER / "sentences/vocab.txt").write_text("\n".join(pieces) + "\n")
    (FOLDER / "sentences/sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 7}) + "\n")


def main() -> None:
    for make in (dense, fixed, sentences):
        make()


if __name__ == "__main__":
    main()
