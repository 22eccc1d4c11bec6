"""Writes the 8-bit variant of the sentence embedder in a folder: model-int8.xml and model-int8.bin beside its model.onnx.

usage: quantize-minilm.py FOLDER SENTENCES    (SENTENCES: a text file with one sentence a line; 200 of them are used)

Activations are smoothed and scaled by what the sentences make of them (NNCF, post-training quantization for transformers). Run it
with a Python that has nncf, openvino, onnx and tokenizers; Martlet's PrecisionReport then measures what it costs in accuracy.
"""

import pathlib
import sys

import nncf
import numpy
import openvino
from tokenizers import BertWordPieceTokenizer

SENTENCE_COUNT, LENGTH_MAX = 200, 256


def main() -> None:
    if len(sys.argv) != 3:
        raise SystemExit("usage: quantize-minilm.py FOLDER SENTENCES")
    folder = pathlib.Path(sys.argv[1])
    sentences = [line for line in pathlib.Path(sys.argv[2]).read_text(encoding="utf-8").splitlines() if line.strip()]
    if len(sentences) < SENTENCE_COUNT:
        raise SystemExit(f"quantize-minilm: {sys.argv[2]} has {len(sentences)} sentences, expected at least {SENTENCE_COUNT}")
    tokenizer = BertWordPieceTokenizer(str(folder / "vocab.txt"), lowercase=True)
    tokenizer.enable_truncation(LENGTH_MAX)

    def inputs(sentence: str) -> dict[str, numpy.ndarray]:
        ids = numpy.array([tokenizer.encode(sentence).ids], numpy.int64)
        return {"input_ids": ids, "attention_mask": numpy.ones_like(ids)}

    chosen = sentences[::len(sentences) // SENTENCE_COUNT][:SENTENCE_COUNT]
    quantized = nncf.quantize(
        openvino.Core().read_model(folder / "model.onnx"), nncf.Dataset(chosen, inputs), model_type=nncf.ModelType.TRANSFORMER,
        preset=nncf.QuantizationPreset.MIXED, subset_size=SENTENCE_COUNT,
    )
    openvino.save_model(quantized, folder / "model-int8.xml", compress_to_fp16=False)


if __name__ == "__main__":
    main()
