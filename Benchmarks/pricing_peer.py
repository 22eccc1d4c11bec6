"""The peer: one Python process that makes Martlet's price decision from the same release.

FastAPI, orjson, uvicorn with uvloop and httptools, numpy, LightGBM's own predict with one thread. It is written to be
fast: whole columns at a time, no validation of fields, no log, nothing answered beyond the decision itself.
"""

import json
import sys
from pathlib import Path

import lightgbm
import numpy as np
import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

STRIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)
GUARDRAILS = ("historic_range", "margin", "step", "ending")


class History:
    """The release's online table: what was known of an entity at a time."""

    def __init__(self, path: Path):
        data = np.memmap(path, dtype=np.uint8, mode="r")
        if bytes(data[:8]) != b"MRTLTBL1":
            raise ValueError(f"'{path}' is no table of online features: its format has changed, change History too")
        base = 16 + int(data[8:16].view(np.uint64)[0])
        header = json.loads(bytes(data[16:base]))
        entities, rows, self.columns = header["entities"], header["rows"], header["columns"]
        words = data[base : len(data) - header["keyBytes"]]
        offsets = words[: 16 * (entities + 1)].view(np.int64).reshape(2, -1).tolist()
        keys = bytes(data[len(data) - header["keyBytes"] :])
        self.known = words[16 * (entities + 1) :][: 8 * rows].view(np.int64)
        self.values = words[16 * (entities + 1) + 8 * rows :].view(np.float64).reshape(rows, -1)
        ranges = zip(*(zip(starts, starts[1:]) for starts in offsets))
        self.rows = {tuple(json.loads(keys[slice(*key)])): span for key, span in ranges}

    def at(self, entity: tuple, time: int) -> dict[str, float] | None:
        start, end = self.rows.get(entity, (0, 0))
        later = int(np.searchsorted(self.known[start:end], time, side="right"))
        return dict(zip(self.columns, self.values[start + later - 1].tolist())) if later else None


class Pricing:
    """A release of the pricing example, ready to decide."""

    def __init__(self, blobs: Path, release: str):
        def path(digest: str) -> Path:
            name = digest.removeprefix("sha256:")
            return blobs / name[:2] / name

        manifest = json.loads(path(release).read_text())
        card = json.loads(path(manifest["card"]).read_text())
        self.policy = manifest["endpoint"]
        if self.policy["explore"]:
            raise ValueError("the peer does not explore: measure with 'explore: 0%'")
        self.history = History(path(manifest["online"]))
        self.booster = lightgbm.Booster(model_str=path(manifest["model"]).read_text())
        self.features = card["features"]
        self.codes = {
            name: {value: code for code, value in enumerate(values)} for name, values in card["categories"].items()
        }
        self.smearing = card["scale"]["log"]
        self.endings = np.array(self.policy["endings"])

    def decide(self, row: dict) -> dict | None:
        """The decision, or None where no price is allowed."""
        known = self.history.at((row["store"], row["brand"]), row["week"])
        if known is None:
            return None
        ticks, prices = self.candidates(known)
        logs = self.booster.predict(self.matrix(row, known, prices), num_threads=1)
        units = np.exp(logs) * self.smearing["factors"].get(str(row["brand"]), self.smearing["fallback"])
        profit = units * (prices - known["last_cost"])
        verdicts = self.verdicts(known, ticks, prices)
        allowed = np.flatnonzero(verdicts == len(GUARDRAILS))
        if not len(allowed):
            return None

        def candidate(position: int) -> dict:
            values = float(prices[position]), float(units[position]), float(profit[position])
            return dict(zip(("price", "expected_units", "expected_profit"), values))

        chosen = allowed[np.argmax(profit[allowed])]
        others = allowed[allowed != chosen]
        counts = np.bincount(verdicts, minlength=len(GUARDRAILS)).tolist()
        return candidate(chosen) | {
            "runner_up": candidate(others[np.argmax(profit[others])]) if len(others) else None,
            "without_guardrails": candidate(np.argmax(profit)),
            "candidates": len(prices),
            "allowed": len(allowed),
            "refused": dict(zip(GUARDRAILS, counts)),
            "propensity": 1,
            "explored": False,
        }

    def request_matrix(self, row: dict) -> np.ndarray:
        """What the trees read of a request whose history is known."""
        known = self.history.at((row["store"], row["brand"]), row["week"])
        return self.matrix(row, known, self.candidates(known)[1])

    def candidates(self, known: dict) -> tuple[np.ndarray, np.ndarray]:
        count, tick = self.policy["candidates"], self.policy["tick"]
        low = max(1, int(np.ceil(known["lowest_price"] / tick - 1e-9)))
        high = max(low, int(np.floor(known["highest_price"] / tick + 1e-9)))
        stride = next((s for s in STRIDES if (high - low) // s + 1 < count), (high - low) // (count - 1) + 1)
        start = max(1, low - stride * ((count - (high - low) // stride - 1) // 2))
        if stride > 1 and len(self.endings):
            start += (int(self.endings.min()) - start) % min(stride, 10)
        ticks = start + stride * np.arange(count)
        return ticks, ticks / round(1 / tick)

    def matrix(self, row: dict, known: dict, prices: np.ndarray) -> np.ndarray:
        rivals = [value for name, value in row.items() if name.startswith("competitor_") and value is not None]
        per_ounce = prices / known["pack_ounces"]
        formulas = {
            "log_price": np.log(per_ounce),
            "price_to_last": np.log(prices / known["last_price"]),
            "price_to_mean": np.log(prices / known["mean_price_13"]),
            "price_to_cheapest": np.log(per_ounce / min(rivals)),
            "price_to_average": np.log(per_ounce / (sum(rivals) / len(rivals))),
        }
        matrix = np.empty((len(prices), len(self.features)))
        for position, name in enumerate(self.features):
            if name in formulas:
                matrix[:, position] = formulas[name]
            elif name in self.codes:
                matrix[:, position] = self.codes[name].get(str(row[name]), np.nan)
            else:
                value = known[name] if name in known else row.get(name)
                matrix[:, position] = np.nan if value is None else value
        return matrix

    def verdicts(self, known: dict, ticks: np.ndarray, prices: np.ndarray) -> np.ndarray:
        """The position of the first guardrail that refuses each price."""
        policy, tolerance = self.policy, self.policy["tick"] * 1e-6
        today, cost = known["last_price"], known["last_cost"]
        outside = (prices < known["lowest_price"] - tolerance) | (prices > known["highest_price"] + tolerance)
        thin = prices - cost < policy["margin_min"] * prices - tolerance
        far = np.abs(prices - today) > policy["step_max"] * today + tolerance
        odd = ~np.isin(ticks % 10, self.endings)
        return np.select([outside, thin, far, odd], range(len(GUARDRAILS)), len(GUARDRAILS))


def main() -> None:
    if len(sys.argv) != 4:
        sys.exit("usage: peer_server.py BLOBS RELEASE PORT (the folder 'blobs' of a home, the digest of a release)")
    pricing = Pricing(Path(sys.argv[1]), sys.argv[2])
    app = FastAPI(openapi_url=None)

    @app.post("/v1/endpoints/price/decide")
    async def decide(request: Request) -> Response:
        decision = pricing.decide(orjson.loads(await request.body()))
        status, answer = (200, decision) if decision else (409, {"error": "no candidate price is allowed"})
        return Response(orjson.dumps(answer), status, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[3]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
