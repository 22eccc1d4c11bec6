"""Puts the days that passed into one table."""

import os
from pathlib import Path

import parquet


def main() -> None:
    days = sorted(path for path in Path(os.environ["days"]).rglob("*") if path.is_file())
    connection = parquet.connect()
    parquet.load(connection, "days", *days)
    count = parquet.write(connection, "FROM days ORDER BY departure, carrier, flight, origin", Path(os.environ["departures"]))
    print(f"{len(days)} days, {count} departures")


if __name__ == "__main__":
    main()
