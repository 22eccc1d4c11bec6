"""Says in a few lines what sets one group apart."""

import os
from collections import Counter

from cellar import files

LINES = 4


def main() -> None:
    group, best, table = os.environ["group"], files.read("best"), files.read("table")
    growers = Counter(grower for name, grower in zip(best["groups"], table["growers"]) if name == group)
    center = sorted(zip(table["names"], best["centers"][group]), key=lambda entry: -abs(entry[1]))
    lines = [f"- {name}: {abs(value):.1f} standard deviations {'above' if value > 0 else 'below'} the mean" for name, value in center]
    who = ", ".join(f"{count} of grower {grower}" for grower, count in sorted(growers.items()))
    card = "\n".join([f"## Group {group}: {growers.total()} wines ({who})", "", *lines[:LINES], ""])
    files.path("card").write_text(card)
    print(card)


if __name__ == "__main__":
    main()
