"""Writes, from the reference tokenizer: the table of characters in Sources, characters.txt and tokens.json beside this file.

usage: make-tokens.py TOKENIZER.JSON    (the one of all-MiniLM-L6-v2)

Run it with a Python that has tokenizers (0.23.3 made what is here).
"""

import hashlib
import json
import pathlib
import random
import sys

from tokenizers import Tokenizer

FOLDER = pathlib.Path(__file__).parent
TABLE = FOLDER.parents[3] / "Sources/MartletInference/Neural/Text/WordPieceTable.swift"
LENGTH_MAX = 256
CODES = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)  # decomposed by arithmetic
CHECKED = [*range(0, 0xD800), *range(0xE000, 0x30000), *range(0xE0000, 0xE1000)]  # what a test goes through


def base36(number: int) -> str:
    digits, rest = "", abs(number)
    while True:
        rest, digit = divmod(rest, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
        if rest == 0:
            return ("-" if number < 0 else "") + digits


def ranges(codes: list[int]) -> str:
    """Gap from the range before, length; gap, length; ..."""
    found: list[list[int]] = []
    for code in codes:
        if found and code == sum(found[-1]):
            found[-1][1] += 1
        else:
            found.append([code, 1])
    end, numbers = 0, []
    for first, length in found:
        numbers += [first - end, length]
        end = first + length
    return " ".join(map(base36, numbers))


def runs(pairs: list[tuple[int, int]]) -> str:
    """Gap from the start before, twice the count (plus 1 where only every other code is meant), what is added; ..."""
    found: list[list[int]] = []  # first, count, step, added
    for code, target in pairs:
        if found:
            run = found[-1]
            gap = code - (run[0] + (run[1] - 1) * run[2])
            if target - code == run[3] and (gap == run[2] if run[1] > 1 else gap in (1, 2)):
                run[1:3] = run[1] + 1, gap
                continue
        found.append([code, 1, 1, target - code])
    start, numbers = 0, []
    for first, count, step, added in found:
        numbers += [first - start, count * 2 + step - 1, added]
        start = first
    return " ".join(map(base36, numbers))


def several(normal: dict[int, str], codes: list[int]) -> str:
    """Code, count, what it becomes; ..."""
    return " ".join(" ".join(map(base36, [code, len(normal[code]), *map(ord, normal[code])])) for code in codes)


def literal(name: str, comment: str, text: str) -> str:
    lines, line = [], ""
    for word in text.split(" "):
        if len(line) + len(word) > 126:
            lines.append(line)
            line = ""
        line += word + " "
    body = "".join(f"        {part}\\\n" for part in [*lines, line])
    return f'    /// {comment}\n    static let {name} = """\n{body[:-2].rstrip()}\n        """\n'


def table(tokenizer: Tokenizer) -> str:
    normal = {code: tokenizer.normalizer.normalize_str(chr(code)) for code in CODES}
    spaced = [code for code in CODES if len(normal[code]) == 3 and normal[code][0] == normal[code][2] == " "]
    apart = {*spaced, *HANGUL}
    plain = [code for code in CODES if code not in apart and normal[code] not in ("", " ", chr(code))]
    isolated = [
        code for code in sorted({ord(part) for text in normal.values() for part in text} - {0x20})
        if len(tokenizer.pre_tokenizer.pre_tokenize_str(f"x{chr(code)}x")) == 3
    ]
    parts = [
        literal("removed", "Characters that go.", ranges([code for code in CODES if normal[code] == ""])),
        literal("spaces", "Characters that part words.", ranges([code for code in CODES if normal[code] == " "])),
        literal("ideographs", "Characters that are words of their own.", ranges([c for c in spaced if normal[c][1] == chr(c)])),
        literal("variants", "Words of their own, as another character.", runs([(c, ord(normal[c][1])) for c in spaced if normal[c][1] != chr(c)])),
        literal("replaced", "Characters that become another.", runs([(code, ord(normal[code])) for code in plain if len(normal[code]) == 1])),
        literal("decomposed", "Characters that become several.", several(normal, [code for code in plain if len(normal[code]) > 1])),
        literal("punctuation", "Characters, as they have become, that are words of their own.", ranges(isolated)),
    ]
    head = (
        "/// What BERT's uncased tokenizer makes of characters, in base 36: written by make-tokens.py out of the tokenizers library,\n"
        "/// whose Unicode is older than the platform's. Ranges are pairs (gap from the end before, length); runs are triples (gap from\n"
        "/// the start before, twice the count and 1 where every other character is meant, what is added).\n"
    )
    return f"{head}enum WordPieceTable {{\n" + "\n".join(parts) + "}\n"


def characters(tokenizer: Tokenizer) -> str:
    """For each 4096 characters: the first, and the start of the digest of the words of x, the character, y."""
    lines, digest = [], None
    for code in CHECKED:
        if code % 0x1000 == 0:
            digest = hashlib.sha256()
            lines.append((code, digest))
        words = tokenizer.pre_tokenizer.pre_tokenize_str(tokenizer.normalizer.normalize_str(f"x{chr(code)}y"))
        digest.update(("\x01".join(word for word, _ in words) + "\n").encode())
    return "".join(f"{code:x} {digest.hexdigest()[:16]}\n" for code, digest in lines)


TEXTS = [
    "", " ", "\t\n\r\u00a0\u3000", "hello world", "Hello, World!", "HELLO WORLD", "don't won't it's", "state-of-the-art",
    "unaffable", "antidisestablishmentarianism", "supercalifragilisticexpialidocious", "a" * 99, "a" * 100, "a" * 101, "é" * 100,
    "e\u0301" * 101, "hello" * 200, "1234567890 3.14159 1,000,000 1e-7 0xFF", "foo@example.com https://example.com/a?b=c&d=%20#e",
    "C++ C# F# .NET node.js a_b __init__ --flag $PATH ~/x `code` {json: [1]} <tag/> \\n ^| =", "$100 £200 €300 ¥400 ₹500 ₿6",
    "“quoted” ‘single’ «guillemets» „low“ … — – ‐ ‑ ‒ · • ¿Qué? ¡Ay!", "Ünïcödé naïve café résumé Ångström ÅÄÖ ß ẞ straße STRASSE",
    "İstanbul ısı I i İ", "Ελληνικά ΟΔΥΣΣΕΥΣ Ὀδυσσεύς ΆΈΉΊΌΎΏ ϐ ϑ ς Σ", "Привет, мир! ЁЛКА ёлка Й й", "Українська ґ Ґ ї Ї є",
    "שלום עולם שָׁלוֹם", "مرحبا بالعالم مُحَمَّد ١٢٣", "नमस्ते दुनिया क़ ख़", "สวัสดีชาวโลก น้ำ", "வணக்கம் உலகம் கொ", "ສະບາຍດີ", "မင်္ဂလာပါ",
    "你好，世界！", "中文English混合", "日本語テキスト ひらがな カタカナ ｶﾀｶﾅ が か\u3099 ば", "안녕하세요 세계 한글 ㅎㅏㄴ \u1112\u1161\u11ab", "漢字\uf900\ufa10\U00020000\U0002f800",
    "Tiếng Việt Đường phố ĐỒNG", "Łódź Żółć", "čšžýáíé ŘEŘICHA", "ægir Æ œuvre Œ ﬁ ﬂ ﬃ ŉ", "Ａｌｐｈａ １２３ ＡＢＣ", "①②③ ⅷ Ⅷ ½ ² ₂ ª º",
    "𝐁𝐨𝐥𝐝 𝒜 𝔄 𝟙", "😀 👍🏽 👨‍👩‍👧‍👦 🇩🇪 ❤️ ☃", "a\u200bb a\u200db a\ufeffb a\u00adb a\u2060b", "zero\x00null bell\x07 del\x7f c1\x85x \x9b",
    "\ufffd replacement a\ufffdb", "private \ue000 \U000f0000 \U0010ffff", "nonchar \ufdd0 \ufffe", "a\u0300\u0301\u0327b \u0327\u0301", "\u0301start",
    "q\u0323\u0307 q\u0307\u0323 ṩ ṩ", "line\u2028sep\u2029par\u0085nel\u000bvt\u000cff", "tab\there\r\nthere", "ﷺ ﷽", "ǅ ǆ Ǆ ǈ Ω Ω K Å", "ᾳ ᾼ ᾈ ΐ",
    "Ａ\u0301 ｶ\uff9e", "ꙮ ⴰⵣⵓⵍ ᏣᎳᎩ ꮳꮃꭹ ᚠᚢᚦ 𐐀𐐨", "𑀓𑀸 𞤀𞤢 𖹀 Ꝺ Ɤ ꟾ Ɪ", "[CLS] [SEP] [MASK] [PAD] [UNK]", "a[SEP]b", "[sep] [Sep] [ SEP ]", "[[MASK]] [MASK",
    "[MASK][MASK]x[CLS", "[unused5] ##ing ## # ##", "word " * 300, "word " * 254, "word " * 253 + "[SEP] tail", "supercalifragilistic " * 60,
    "中" * 300, "... !!! ??? ;;; --- ___ ***", "…" * 40, "\u0301" * 500 + "x", "日本" + "\u3099" * 3 + "語", "The quick brown fox jumps over the lazy dog.",
]


def texts() -> list[str]:
    """The texts above, and random ones out of the blocks that people write in."""
    chance, made = random.Random(11), list(TEXTS)
    blocks = [(0x20, 0x250), (0x250, 0x600), (0x600, 0x1100), (0x1100, 0x2000), (0x2000, 0x3400), (0xAC00, 0xB000), (0xF900, 0xFFFF), (0x10000, 0x1F000)]
    for _ in range(80):
        first, last = chance.choice(blocks)
        letters = [chance.choice([chr(chance.randrange(first, last)), chr(chance.randrange(0x61, 0x7B)), " "]) for _ in range(40)]
        made.append("".join(letters))
    return made


def main() -> None:
    if len(sys.argv) != 2:
        raise SystemExit("usage: make-tokens.py TOKENIZER.JSON")
    tokenizer = Tokenizer.from_file(sys.argv[1])
    tokenizer.no_padding()
    tokenizer.enable_truncation(LENGTH_MAX)
    TABLE.write_text(table(tokenizer), encoding="utf-8")
    (FOLDER / "characters.txt").write_text(characters(tokenizer), encoding="utf-8")
    cases = [{"text": text, "ids": tokenizer.encode(text).ids} for text in texts()]
    (FOLDER / "tokens.json").write_text(json.dumps(cases, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
