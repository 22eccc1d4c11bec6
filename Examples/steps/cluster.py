"""Clusters the wines from one random start."""

import os
from dataclasses import asdict

from cellar import files
from cellar.kmeans import cluster


def main() -> None:
    seed, count = int(os.environ["seed"]), int(os.environ["count"])
    found = cluster(files.read("table")["points"], count, seed)
    files.write("clustering", {"seed": seed, **asdict(found)})
    print(f"seed {seed}: spread {found.spread:.2f}")


if __name__ == "__main__":
    main()
