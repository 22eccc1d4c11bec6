"""Takes the tightest of all clusterings, names its groups, and says how well they match the growers, whom it never saw."""

from collections import Counter
from math import comb

from cellar import files


def agreement(one: list, other: list) -> float:
    """The adjusted Rand index: 1 where two groupings agree, about 0 where they do by chance alone."""
    def pairs(labels: list) -> int:
        return sum(comb(size, 2) for size in Counter(labels).values())

    together, chance = pairs(list(zip(one, other))), pairs(one) * pairs(other) / comb(len(one), 2)
    return (together - chance) / ((pairs(one) + pairs(other)) / 2 - chance)


def main() -> None:
    best = min(files.read_all("clusterings"), key=lambda clustering: (clustering["spread"], clustering["seed"]))
    # Groups have no order of their own: the largest is called A.
    order = [number for number, _ in Counter(best["members"]).most_common()]
    groups = [chr(ord("A") + order.index(member)) for member in best["members"]]
    centers = {chr(ord("A") + place): best["centers"][number] for place, number in enumerate(order)}
    match = agreement(groups, files.read("table")["growers"])
    files.write("best", {"seed": best["seed"], "spread": best["spread"], "groups": groups, "centers": centers, "agreement": match})
    files.write("names", sorted(centers))
    print(f"seed {best['seed']} has the smallest spread, {best['spread']:.2f}; agreement with the growers {match:.2f}")


if __name__ == "__main__":
    main()
