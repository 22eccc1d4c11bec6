"""Draws the wines again many times, clusters each drawing, and asks whether the groups are found again.

What is done is kept in the step's checkpoint, so an attempt that was stopped is gone on with, and ends with the same bytes.
"""

import json
import os
import random
import sys
from collections import Counter
from pathlib import Path

from cellar import files
from cellar.kmeans import cluster, nearest

STARTS = 3  # of each drawing; the tightest counts
EVERY = 10  # drawings between two checkpoints


def found_again(points: list, groups: list[str], count: int, number: int) -> dict[str, float]:
    """For each group the share that it has in common with the most similar group of one drawing (Jaccard's)."""
    drawn = random.Random(number).choices(points, k=len(points))
    best = min((cluster(drawn, count, seed) for seed in range(STARTS)), key=lambda clustering: clustering.spread)
    others = [nearest(point, best.centers) for point in points]
    sizes, other_sizes, both = Counter(groups), Counter(others), Counter(zip(groups, others))
    similar = {
        (group, other): common / (sizes[group] + other_sizes[other] - common) for (group, other), common in both.items()
    }
    return {group: max(share for (name, _), share in similar.items() if name == group) for group in sizes}


def keep(checkpoint: Path, results: list) -> None:
    """Replaces the checkpoint at once, so that none is ever half written."""
    fresh = checkpoint.with_suffix(".new")
    fresh.write_text(json.dumps(results))
    fresh.replace(checkpoint)


def main() -> None:
    drawings, stumble_at, count = (int(os.environ[name]) for name in ("drawings", "stumble_at", "count"))
    checkpoint = Path(os.environ["MARTLET_CHECKPOINT"]) / "results.json"
    results = json.loads(checkpoint.read_text()) if checkpoint.exists() else []
    begun_at = len(results)
    print(f"{begun_at} of {drawings} drawings are in the checkpoint")
    points, groups = files.read("table")["points"], files.read("best")["groups"]
    for number in range(begun_at, drawings):
        if number == stumble_at and begun_at == 0:
            sys.exit(f"stumbled at drawing {number}, as asked for; the next attempt goes on")
        results.append(found_again(points, groups, count, number))
        if len(results) % EVERY == 0:
            keep(checkpoint, results)
            Path(os.environ["MARTLET_PROGRESS"]).write_text(f"{len(results) / drawings} {len(results)} of {drawings} drawings\n")
    shares = {group: round(sum(result[group] for result in results) / drawings, 4) for group in sorted(set(groups))}
    files.write("report", shares)
    files.write("holds", min(shares.values()) >= float(os.environ["share_min"]))
    print(", ".join(f"group {group}: {share:.0%} found again" for group, share in shares.items()))


if __name__ == "__main__":
    main()
