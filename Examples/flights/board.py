"""The departures of the newest day, each with how likely it is to be late, as one would have said when it was due."""

import csv
import json
import os
from pathlib import Path

import features
from scorecard import Scorecard


def main() -> None:
    table = Path(os.environ["departures"])
    scorecard = Scorecard.from_json(json.loads(Path(os.environ["scorecard"]).read_text()))
    rows = features.read(table, "day = (SELECT max(day) FROM read_parquet($file))")
    chances = scorecard.predict(features.only(rows))
    with Path(os.environ["board"]).open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["departure", "carrier", "flight", "origin", "dest", "chance_late", "late"])
        columns = [rows["departure"].astype("datetime64[m]"), *(rows[name] for name in ("carrier", "flight", "origin", "dest"))]
        for *flight, chance, late in zip(*columns, chances, rows["late"]):
            writer.writerow([*flight, f"{chance:.3f}", int(late)])
    print(f"{len(chances)} departures on {rows['day'][0].astype('datetime64[D]')}")


if __name__ == "__main__":
    main()
