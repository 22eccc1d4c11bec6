"""Measures Martlet beside other tools, all in one run. README.md explains each figure."""

import argparse
import json
import signal
import sys
import tempfile
from pathlib import Path

import machine
from report import text

PARTS = ("forest", "serve", "score", "pricing", "tracking", "pipelines")


def measured(name: str, folder: Path, quick: bool) -> dict:
    # Each part imports what it needs only when it runs, so that what one part loads is not in the memory of another's children.
    if name == "forest":
        from forest import run
    elif name == "serve":
        from serving import run
    elif name == "score":
        from scoring import run
    elif name == "pricing":
        from pricing import run
    elif name == "tracking":
        from tracking import run
    else:
        from pipelines import run
    folder.mkdir()
    return run(folder, quick)


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"what to measure: {', '.join(PARTS)}; by default all")
    parser.add_argument("--quick", action="store_true", help="a smoke run of two minutes; its figures mean little")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write all that was measured to this file, as JSON")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.parts if name not in PARTS]:
        parser.error(f"there is no part '{unknown[0]}'; expected some of {', '.join(PARTS)}")
    before = machine.describe()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # stops the servers on the way out
    parts = {}
    with tempfile.TemporaryDirectory(prefix="martlet-bench-") as scratch:
        # Scoring goes first: the memory of a child is never less than this process's own.
        for name in sorted(set(arguments.parts or PARTS), key=("score", "forest", "serve", "pricing", "tracking", "pipelines").index):
            parts[name] = measured(name, Path(scratch) / name, arguments.quick)
            print(text(parts[name]), flush=True)
    after = machine.describe()
    print(f"\n{before['processor']}, {before['cores']} cores; load {before['load']} before, {after['load']} after.")
    if arguments.quick or before["load"] > 0.5:
        print("Preliminary: " + ("a quick run." if arguments.quick else "the machine was busy before the run."))
    if arguments.output:
        result = {"format": 2, "quick": arguments.quick, "machine": before, "load_after": after["load"], "parts": parts}
        arguments.output.write_text(json.dumps(result, indent=2, ensure_ascii=False) + "\n")
    if faults := [fault for found in parts.values() for fault in found["faults"]]:
        sys.exit("\n".join(f"bench: {fault}" for fault in faults))


if __name__ == "__main__":
    main()
