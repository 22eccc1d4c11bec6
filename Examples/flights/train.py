"""Fits the scorecard on the months before the test, and holds it to a rule of thumb on the days of the test.

The rule is the timetable's: how often flights of this carrier, airport and hour were late in training.
"""

import json
import os
from pathlib import Path

import numpy as np

import features
from scorecard import Scorecard

PRIOR_ROWS = 50  # how many rows of the overall share a cell of the rule starts with
LEVEL = 0.95


def rule_of_thumb(rows: dict[str, np.ndarray], training: np.ndarray) -> np.ndarray:
    """The smoothed share of late flights by carrier, airport and hour."""
    names = np.char.add(np.char.add(rows["carrier_origin"].astype(str), " "), rows["hour_of_day"].astype(str))
    _, cells = np.unique(names, return_inverse=True)
    late = rows["late"][training]
    totals = np.bincount(cells[training], minlength=cells.max() + 1)
    lates = np.bincount(cells[training], late, minlength=cells.max() + 1)
    return ((lates + PRIOR_ROWS * late.mean()) / (totals + PRIOR_ROWS))[cells]


def area(score: np.ndarray, late: np.ndarray) -> float:
    """The area under the ROC curve: how often a late flight has the higher score than one in time; ties count half."""
    values, places, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positive = int(late.sum())
    return float((ranks[late].sum() - positive * (positive + 1) / 2) / (positive * (len(late) - positive)))


def improvement(model: np.ndarray, rule: np.ndarray, days: np.ndarray, seed: int, samples: int) -> dict[str, float]:
    """By how much the model's squared error is smaller, in shares of the rule's, with an interval from drawing whole days again.

    Flights of a day share its storms, so the days are independent and the flights are not.
    """
    _, places = np.unique(days, return_inverse=True)
    totals = np.stack([np.bincount(places, model), np.bincount(places, rule)])
    drawn = np.random.default_rng(seed).multinomial(totals.shape[1], np.full(totals.shape[1], 1 / totals.shape[1]), samples)
    of_model, of_rule = totals @ drawn.T
    low, high = np.quantile(1 - of_model / of_rule, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {"estimate": float(1 - model.sum() / rule.sum()), "low": float(low), "high": float(high), "level": LEVEL}


def evaluate(rows: dict[str, np.ndarray], chance: np.ndarray, rule: np.ndarray, test: np.ndarray, seed: int, samples: int) -> dict:
    late, chance, rule = rows["late"][test], chance[test], rule[test]
    errors = {"model": (chance - late) ** 2, "rule": (rule - late) ** 2}
    top = chance >= np.quantile(chance, 0.9)
    return {
        "rows": int(len(late)),
        "late": float(late.mean()),
        "predicted_late": {"model": float(chance.mean()), "rule": float(rule.mean())},
        "brier": {name: float(error.mean()) for name, error in errors.items()},
        "area_under_roc": {"model": area(chance, late), "rule": area(rule, late)},
        "late_among_riskiest_tenth": float(late[top].mean()),
        "improvement": improvement(errors["model"], errors["rule"], rows["day"][test], seed, samples),
    }


def main() -> None:
    rows = features.read(Path(os.environ["departures"]))
    training = rows["day"] < np.datetime64(os.environ["test_from"])
    scorecard = Scorecard.fit(features.only(rows, training), rows["late"][training])
    chance = scorecard.predict(features.only(rows))
    seed, samples = int(os.environ["seed"]), int(os.environ["samples"])
    metrics = {"training_rows": int(training.sum())} | evaluate(rows, chance, rule_of_thumb(rows, training), ~training, seed, samples)
    better = metrics["improvement"]["low"] > float(os.environ["beat_by"])
    Path(os.environ["scorecard"]).write_text(json.dumps(scorecard.to_json(), indent=1))
    Path(os.environ["metrics"]).write_text(json.dumps(metrics, indent=2))
    Path(os.environ["passed"]).write_text(json.dumps(better))
    print(json.dumps(metrics["improvement"]), "beats the rule" if better else "does not beat the rule")


if __name__ == "__main__":
    main()
