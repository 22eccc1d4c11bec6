"""What was measured, as a table for people and as JSON."""

import statistics


def figure(name: str, unit: str, goal: str = "", more: bool = False, **values: list[float]) -> dict:
    """One line of a table: the values of each side, with their median and ends. `more` says that more is better."""
    sides = {
        side.replace("_", " "): {"median": statistics.median(each), "least": min(each), "greatest": max(each), "values": each}
        for side, each in values.items()
        if each
    }
    return {"name": name, "unit": unit, "goal": goal, "more": more, "sides": sides}


def part(title: str, figures: list[dict], notes: list[str], faults: list[str] = (), **details: object) -> dict:
    """A part of the benchmark. `faults` say why its figures mean nothing."""
    return {"title": title, "figures": figures, "notes": notes, "faults": list(faults)} | details


def advantage(each: dict) -> str:
    """How many times better Martlet is than the best of the others, by medians."""
    others = [side["median"] for name, side in each["sides"].items() if not name.startswith("martlet")]
    ours = each["sides"].get("martlet", {}).get("median")
    if not others or not ours:
        return ""
    factor = ours / max(others) if each["more"] else min(others) / ours
    return f"{factor:.2f}" if factor < 10 else f"{factor:.0f}"


def table(figures: list[dict]) -> str:
    sides = list(dict.fromkeys(side for each in figures for side in each["sides"]))
    lines = [("", "", *sides, "times better", "goal")]
    for each in figures:
        lines.append((each["name"], each["unit"], *(cell(each["sides"].get(side)) for side in sides), advantage(each), each["goal"]))
    widths = [max(map(len, column)) for column in zip(*lines)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)


def cell(side: dict | None) -> str:
    if side is None:
        return ""
    digits = 0 if side["median"] >= 100 else 1 if side["median"] >= 10 else 3
    low, middle, high = (f"{side[key]:.{digits}f}" for key in ("least", "median", "greatest"))
    return middle if len(side["values"]) == 1 else f"{middle} ({low}–{high})"


def text(found: dict) -> str:
    lines = ["", found["title"], "", table(found["figures"])]
    return "\n".join(lines + ([""] + found["notes"] if found["notes"] else []))
