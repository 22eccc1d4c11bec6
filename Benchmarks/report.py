"""What was measured, as a table for people and as JSON."""

import json
import os
import platform
import statistics
from pathlib import Path

SIDES = ("martlet", "peer")


def figure(name: str, unit: str, goal: str = "", **values: list[float]) -> dict:
    """One line of the table: the values of each side, with their median and ends."""
    sides = {
        side: {"median": statistics.median(each), "least": min(each), "greatest": max(each), "values": each}
        for side, each in values.items()
    }
    return {"name": name, "unit": unit, "goal": goal} | sides


def agreement(pairs: list[tuple]) -> dict:
    """How far two sides give the same answers; where both say that no price is allowed, they agree."""
    same = refused = 0
    furthest = 0.0
    for (status, body), (peer_status, peer_body) in pairs:
        if not {status, peer_status} <= {200, 409}:
            raise RuntimeError(f"expected decisions: Martlet {status} {body!r}, the peer {peer_status} {peer_body!r}")
        if status == peer_status == 200:
            answer, peer = json.loads(body), json.loads(peer_body)
            if answer["price"] == peer["price"]:
                same += 1
                furthest = max(furthest, abs(answer["expected_units"] / peer["expected_units"] - 1))
        elif status == peer_status:
            same, refused = same + 1, refused + 1
    count = len(pairs)
    return {"answers": count, "same": same / count, "no_price": refused / count, "units_differ": furthest}


def table(figures: list[dict]) -> str:
    lines = [("", "", *SIDES, "peer / martlet", "goal")]
    for each in figures:
        both = all(side in each for side in SIDES)
        ratio = f"{each['peer']['median'] / each['martlet']['median']:.2f}" if both else ""
        lines.append((each["name"], each["unit"], *(cell(each.get(side)) for side in SIDES), ratio, each["goal"]))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def cell(side: dict | None) -> str:
    if side is None:
        return ""
    digits = 0 if side["median"] >= 100 else 1 if side["median"] >= 10 else 3
    low, middle, high = (f"{side[key]:.{digits}f}" for key in ("least", "median", "greatest"))
    return middle if len(side["values"]) == 1 else f"{middle} ({low}–{high})"


def machine() -> dict:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    processor = next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "unknown")
    cores = len(os.sched_getaffinity(0))
    return {"processor": processor, "cores": cores, "kernel": platform.release(), "load": os.getloadavg()[0]}
