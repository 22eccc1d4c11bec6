"""The wines as points: each measurement less its mean, in standard deviations."""

import csv
import statistics
from pathlib import Path

LABEL = "grower"  # who made the wine: known here, and kept from the clustering


def scaled(source: Path) -> dict:
    """Names of the measurements, a point for each wine, and who made it."""
    with source.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    names = [name for name in rows[0] if name != LABEL]
    columns = [standardised([float(row[name]) for row in rows]) for name in names]
    return {"names": names, "points": [list(point) for point in zip(*columns)], "growers": [row[LABEL] for row in rows]}


def standardised(values: list[float]) -> list[float]:
    mean, deviation = statistics.fmean(values), statistics.pstdev(values)
    return [round((value - mean) / deviation, 6) for value in values]
