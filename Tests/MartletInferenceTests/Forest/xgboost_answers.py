"""Trains random XGBoost models and writes down what the library says about rows that tell nearly right from right.

usage: xgboost_answers.py FOLDER FIRST_SEED COUNT

For each seed, FOLDER gets SEED.json and SEED.ubj (the model), SEED.rows (float64, row by row), SEED.leaves (int32, [rows, trees]; -1
for rows with infinities, which the library takes in place only), SEED.margin and SEED.prediction (float32) and SEED.shape (JSON).
A leaf is its position among the leaves of its tree that can be reached, in the order of node numbers.
"""

import json
import pathlib
import sys

import numpy as np
import xgboost as xgb

OBJECTIVES = [
    "reg:squarederror", "reg:squaredlogerror", "reg:pseudohubererror", "reg:absoluteerror", "reg:quantileerror", "reg:logistic",
    "reg:gamma", "reg:tweedie", "binary:logistic", "binary:logitraw", "binary:hinge", "multi:softmax", "multi:softprob",
    "count:poisson", "rank:pairwise", "rank:ndcg", "rank:map", "survival:cox", "survival:aft",
]
LARGEST = float(np.finfo(np.float32).max)
SPECIAL = [
    0.0, -0.0, 1e-45, -1e-45, 1e-46, 5e-324, -5e-324, 1e-38, -1e-38, -0.5, -0.999, 0.999, -1.0, 2.5, 31.0, 32.0, 16777215.0,
    16777216.0, 16777217.0, 4294967297.0, 3e9, -3e9, 1e300, -1e300, LARGEST, -LARGEST, np.nan, np.inf, -np.inf,
]


def column(kind, rows, random):
    if kind == "continuous":
        return random.normal(size=rows) * 100
    if kind == "tiny":
        return random.normal(size=rows) * 1e-38
    if kind == "constant":
        return np.full(rows, 5.0)
    if kind == "whole":
        return random.integers(-4, 5, rows).astype(float)
    if kind == "missing":
        return np.where(random.random(rows) < 0.3, np.nan, random.normal(size=rows))
    categories = random.integers(0, 6 if kind == "categories" else 90, rows).astype(float)
    return np.where(random.random(rows) < 0.1, np.nan, categories)


def labels(objective, score, random):
    if objective in ("reg:gamma", "reg:tweedie", "count:poisson", "survival:cox", "survival:aft", "reg:squaredlogerror"):
        return np.abs(score) % 9 + 0.1
    if objective == "reg:logistic":
        return np.abs(score) % 1
    if objective.startswith("binary"):
        return (score > 0).astype(float)
    if objective.startswith(("multi", "rank")):
        return np.floor(np.abs(score)) % (2 if objective == "rank:map" else 3)
    return score


def parameters(objective, random):
    method = random.choice(["hist", "approx", "exact"])
    chosen = {
        "objective": objective, "tree_method": method, "max_depth": int(random.integers(1, 7)), "seed": int(random.integers(1000)),
        "eta": float(random.uniform(0.1, 1)), "min_child_weight": float(random.choice([0, 0.1, 1])), "nthread": 1,
        "gamma": float(random.choice([0, 0, 1])), "max_cat_to_onehot": int(random.choice([1, 10])), "verbosity": 0,
    }
    if objective.startswith("multi"):
        chosen["num_class"] = 3
    if objective == "reg:quantileerror":
        chosen["quantile_alpha"] = [0.1, 0.5, 0.8] if random.random() < 0.5 else 0.5
    if random.random() < 0.3:
        chosen["booster"] = "dart"
        chosen.update(rate_drop=0.5, one_drop=True)
    if random.random() < 0.3:
        chosen.update(num_parallel_tree=3, subsample=0.7)
    if random.random() < 0.3:
        chosen["base_score"] = 0.3
    if method != "exact" and random.random() < 0.4:
        chosen.update(grow_policy="lossguide", max_leaves=12)
    return chosen


def train(seed, random):
    objective = OBJECTIVES[seed % len(OBJECTIVES)]
    chosen = parameters(objective, random)
    kinds = ["continuous", "tiny", "constant", "whole", "missing"]
    if chosen["tree_method"] != "exact":
        kinds += ["categories", "manyCategories"]
    kinds = [str(random.choice(kinds)) for _ in range(int(random.integers(1, 7)))]
    rows = int(random.integers(40, 300))
    features = np.stack([column(kind, rows, random) for kind in kinds], axis=1)
    score = np.nansum(np.where(np.abs(features) < 1e-30, np.sign(features), features % 7), axis=1) + random.random(rows) - 3
    label = labels(objective, score, random)
    if objective == "reg:squarederror" and random.random() < 0.4:
        label = np.stack([label, -2 * label], axis=1)
    types = ["c" if kind in ("categories", "manyCategories") else "q" for kind in kinds]
    data = xgb.DMatrix(features, feature_types=types, enable_categorical=True)
    if objective == "survival:aft":
        data.set_float_info("label_lower_bound", label)
        data.set_float_info("label_upper_bound", label + 1)
    else:
        data.set_label(label)
    if objective.startswith("rank"):
        data.set_group([rows // 2, rows - rows // 2])
    return xgb.train(chosen, data, int(random.integers(1, 9))), features


def trees(model):
    booster = model["learner"]["gradient_booster"]
    return booster.get("gbtree", booster)["model"]["trees"]


def leaf_positions(tree):
    """Node number of each leaf that can be reached, by position."""
    waiting, leaves = [0], []
    while waiting:
        node = waiting.pop()
        left = tree["left_children"][node]
        if left == -1:
            leaves.append(node)
        else:
            waiting += [left, tree["right_children"][node]]
    return {node: position for position, node in enumerate(sorted(leaves))}


def probes(model, count):
    """Thresholds and categories of each feature, with their neighbours in single and double precision."""
    values = [[np.nan] for _ in range(count)]
    for tree in trees(model):
        for node, left in enumerate(tree["left_children"]):
            if left != -1:
                single = np.float32(tree["split_conditions"][node])
                near = [single, np.nextafter(single, np.float32(np.inf)), np.nextafter(single, np.float32(-np.inf))]
                double = [np.nextafter(float(single), np.inf), np.nextafter(float(single), -np.inf), float(single) * (1 + 1e-9)]
                values[tree["split_indices"][node]] += [float(value) for value in near] + double
        for category in tree["categories"]:
            for feature in set(tree["split_indices"]):
                if feature < count:
                    values[feature] += [category, category + 0.5, category - 0.5, category + 1]
    return values


def probing_rows(features, model, random):
    special = probes(model, features.shape[1])
    rows = features[random.integers(0, len(features), 80)]
    for row in rows:
        share = random.random()
        for feature in range(len(row)):
            if random.random() < share:
                choices = SPECIAL if random.random() < 0.4 else special[feature]
                row[feature] = choices[int(random.integers(len(choices)))]
    return rows


def main():
    folder, first, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    for seed in range(first, first + count):
        random = np.random.default_rng(seed)
        booster, features = train(seed, random)
        for ending in ("json", "ubj"):
            booster.save_model(folder / f"{seed}.{ending}")
        model = json.loads((folder / f"{seed}.json").read_text())
        rows = probing_rows(features, model, random)
        with np.errstate(over="ignore"):
            is_taken = np.isfinite(rows.astype(np.float32)) | np.isnan(rows)
        is_taken = is_taken.all(axis=1)
        taken = xgb.DMatrix(rows[is_taken])
        numbers = booster.predict(taken, pred_leaf=True, strict_shape=True).reshape(is_taken.sum(), -1)
        leaves = np.full((len(rows), numbers.shape[1]), -1, dtype=np.int32)
        for position, tree in enumerate(trees(model)):
            mapping = leaf_positions(tree)
            leaves[is_taken, position] = [mapping[int(node)] for node in numbers[:, position]]
        # Infinities are taken in place only, where DART's sums are rounded more often.
        margin = booster.inplace_predict(rows, predict_type="margin").astype(np.float32)
        margin[is_taken] = booster.predict(taken, output_margin=True)
        prediction = booster.inplace_predict(rows, predict_type="value").astype(np.float32)
        prediction[is_taken] = booster.predict(taken)
        rows.astype(np.float64).tofile(folder / f"{seed}.rows")
        leaves.tofile(folder / f"{seed}.leaves")
        margin.tofile(folder / f"{seed}.margin")
        prediction.tofile(folder / f"{seed}.prediction")
        shape = {"objective": model["learner"]["objective"]["name"], "rows": len(rows), "trees": leaves.shape[1]}
        (folder / f"{seed}.shape").write_text(json.dumps(shape))


main()
