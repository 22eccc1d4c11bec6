"""A scorecard: logistic regression over the categories of each feature, so that a prediction is a sum of points.

Numbers are cut into bins of equally many training rows; a missing value is a category of its own. One row then has one category per
feature, and the matrix of Newton's method is made by counting: no wide matrix is ever built.
"""

from dataclasses import asdict, dataclass

import numpy as np

BINS, PENALTY, ITERATIONS_MAX, STEP_MIN = 20, 5.0, 25, 1e-6


@dataclass(frozen=True)
class Feature:
    """How one column becomes categories 1, 2, …; 0 is what training never saw, and a missing number."""

    name: str
    edges: list[float] | None = None
    values: list[str] | None = None

    @staticmethod
    def learn(name: str, column: np.ndarray) -> "Feature":
        if column.dtype.kind in "OUST":
            return Feature(name, values=sorted(set(column.astype(str))))
        present = column[~np.isnan(column)]
        edges = np.unique(np.quantile(present, np.linspace(0, 1, BINS + 1)[1:-1]))
        return Feature(name, edges=[float(edge) for edge in edges])

    @property
    def size(self) -> int:
        return 1 + (len(self.values) if self.values is not None else len(self.edges) + 1)

    def categories(self, column: np.ndarray) -> np.ndarray:
        if self.values is not None:
            places = {value: place for place, value in enumerate(self.values, start=1)}
            return np.array([places.get(value, 0) for value in column.astype(str)], dtype=np.int64)
        return np.where(np.isnan(column), 0, 1 + np.searchsorted(self.edges, column, side="right"))


@dataclass(frozen=True)
class Scorecard:
    """Points in log odds: a base, and one list of points per feature."""

    features: list[Feature]
    base: float
    points: list[list[float]]

    @staticmethod
    def fit(columns: dict[str, np.ndarray], late: np.ndarray) -> "Scorecard":
        features = [Feature.learn(name, column) for name, column in columns.items()]
        starts = np.cumsum([1] + [feature.size for feature in features])
        cells = np.stack([start + f.categories(columns[f.name]) for start, f in zip(starts, features)])
        weights = newton(np.vstack([np.zeros_like(cells[:1]), cells]), int(starts[-1]), late.astype(float))
        points = [weights[start : start + f.size].tolist() for start, f in zip(starts, features)]
        return Scorecard(features, float(weights[0]), points)

    def predict(self, columns: dict[str, np.ndarray]) -> np.ndarray:
        """The probability of each row."""
        total = self.base + sum(
            np.asarray(points)[feature.categories(columns[feature.name])] for feature, points in zip(self.features, self.points)
        )
        return 1 / (1 + np.exp(-total))

    def to_json(self) -> dict:
        return asdict(self)

    @staticmethod
    def from_json(value: dict) -> "Scorecard":
        return Scorecard([Feature(**feature) for feature in value["features"]], value["base"], value["points"])


def newton(cells: np.ndarray, size: int, target: np.ndarray) -> np.ndarray:
    """Ridge-penalised maximum likelihood, where row i has a one in the columns `cells[:, i]` and zeros elsewhere."""
    weights = np.zeros(size)
    penalty = np.full(size, PENALTY)
    penalty[0] = 0  # the base is not shrunk
    for _ in range(ITERATIONS_MAX):
        chance = 1 / (1 + np.exp(-weights[cells].sum(axis=0)))
        gradient = sum(np.bincount(row, target - chance, size) for row in cells) - penalty * weights
        step = np.linalg.solve(information(cells, size, chance * (1 - chance)) + np.diag(penalty), gradient)
        weights += step
        if np.abs(step).max() < STEP_MIN:
            return weights
    raise SystemExit(f"the scorecard did not converge in {ITERATIONS_MAX} iterations; raise PENALTY")


def information(cells: np.ndarray, size: int, weight: np.ndarray) -> np.ndarray:
    """How much weight each pair of categories shares."""
    result = np.zeros(size * size)
    for i, row in enumerate(cells):
        for other in cells[i:]:
            result += np.bincount(row * size + other, weight, size * size)
    result = result.reshape(size, size)
    return result + np.triu(result, 1).T
