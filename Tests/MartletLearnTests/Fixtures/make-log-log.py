"""Writes log-log.json beside this file: rows, and what statsmodels makes of them by least squares with dummies.

Run it with a Python that has numpy and statsmodels: python make-log-log.py
"""

import json
import pathlib

import numpy
import statsmodels.api as sm

ROWS_PER_GROUP = 70
STORES = ["s1", "s2", "s3", "s4", "s5"]


def rows(seed: int) -> list[dict]:
    """Random weeks of three brands in five stores, unbalanced, with covariates of very different sizes."""
    random = numpy.random.default_rng(seed)
    made = []
    for position, brand in enumerate(["1", "2", "x"]):
        for _ in range(ROWS_PER_GROUP):
            store = int(random.integers(0, len(STORES) - (position == 1)))
            price = round(float(random.uniform(0.8, 4)), 2)
            deal = int(random.random() < 0.3)
            feature = None if random.random() < 0.1 else round(float(random.random()), 3)
            income = round(float(random.normal(60_000, 15_000)), 1)
            share = round(float(random.normal(3e-6, 1e-6)), 9)
            log_units = (
                9 + 0.3 * store - (2 + position) * numpy.log(price) + 0.4 * deal + 0.2 * (feature or 0)
                + 1e-5 * income + 2e5 * share + float(random.normal(0, 0.3))
            )
            made.append({
                "brand": brand, "store": STORES[store], "price": price, "deal": deal, "feature": feature,
                "income": income, "share": share, "log_units": round(float(log_units), 6),
            })
    return made


def fitted(members: list[dict]) -> dict:
    """Ordinary least squares with one dummy a store, by QR, which the size of a column does not disturb."""
    stores = sorted({row["store"] for row in members})
    dummies = [[float(row["store"] == store) for store in stores] for row in members]
    covariates = [
        [numpy.log(row["price"]), row["deal"], row["feature"] or 0, row["income"], row["share"]] for row in members
    ]
    target = numpy.array([row["log_units"] for row in members])
    result = sm.OLS(target, numpy.hstack([numpy.array(covariates, dtype=float), numpy.array(dummies)])).fit(method="qr")
    width = len(covariates[0])
    return {
        "slopes": list(result.params[:width]),
        "intercepts": dict(zip(stores, result.params[width:])),
        "smearing": float(numpy.exp(result.resid).mean()),
    }


def main() -> None:
    made = rows(seed=20)
    brands = sorted({row["brand"] for row in made})
    fixture = {
        "columns": {name: [row[name] for row in made] for name in made[0]},
        "groups": {brand: fitted([row for row in made if row["brand"] == brand]) for brand in brands},
    }
    path = pathlib.Path(__file__).with_name("log-log.json")
    path.write_text(json.dumps(fixture, indent=None, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
