"""The models and rows that inference is measured with: 28 columns like a physics data set's, made anew with fixed seeds.

As a program, in a process of its own, so that the memory it takes is not the benchmark's:
    models.py FOLDER TRAINING_ROWS ROWS [TREESxLEAVES ...]
"""

import sys
from pathlib import Path

import numpy as np

FEATURES = 28
MODELS = ((100, 31), (500, 64))
THREE_VALUED = (8, 12, 16, 20)
POSITIVE = (0, 3, 5, 9, 13, 17, *range(21, FEATURES))


def rows(count: int, seed: int) -> np.ndarray:
    """Rows of doubles that are no floats: positive and lopsided, symmetrical, and three-valued columns."""
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(count, FEATURES))
    for column in POSITIVE:
        matrix[:, column] = np.exp(0.55 * matrix[:, column] - 0.15)
    for column in THREE_VALUED:
        matrix[:, column] = random.choice([0, 1.0865, 2.173], count, p=[0.5, 0.25, 0.25])
    return matrix


def labels(matrix: np.ndarray, seed: int) -> np.ndarray:
    """Noisy truth that takes many splits: products, bends and edges of columns."""
    x = matrix.T
    score = 0.9 * np.abs(x[25] - 1) - 0.7 * x[26] * x[27] + 0.5 * np.sin(2 * x[1]) * x[0] + 0.4 * x[3] * x[5]
    score += -0.6 * (x[22] > 1.1) * x[23] + 0.3 * x[8] * x[21] + 0.2 * x[9] * x[13] - 0.3 * x[2] * x[6] + 0.3 * x[24]
    chance = 1 / (1 + np.exp(-1.3 * (score - np.median(score))))
    return (np.random.default_rng(seed).random(len(score)) < chance).astype(np.int8)


def model_path(folder: Path, trees: int, leaves: int) -> Path:
    return folder / f"model-{trees}x{leaves}.txt"


def train(folder: Path, count: int, shapes: list[tuple[int, int]]) -> None:
    import lightgbm

    matrix = rows(count, seed=7)
    data = lightgbm.Dataset(matrix, labels(matrix, seed=11), free_raw_data=False)
    for trees, leaves in shapes:
        settings = {"objective": "binary", "num_leaves": leaves, "learning_rate": 0.1, "seed": 1, "verbose": -1}
        lightgbm.train(settings, data, trees).save_model(model_path(folder, trees, leaves))


def main() -> None:
    folder, shapes = Path(sys.argv[1]), [tuple(map(int, word.split("x"))) for word in sys.argv[4:]]
    train(folder, int(sys.argv[2]), shapes)
    rows(int(sys.argv[3]), seed=8).tofile(folder / "rows.f64")


if __name__ == "__main__":
    main()
