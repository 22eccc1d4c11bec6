"""Gives each flight of a day the weather and the state of its airport as of its scheduled departure, and checks the day."""

import os
import sys
from pathlib import Path

import checks
import parquet

QUERY = Path(__file__).with_name("queries") / "join.sql"


def main() -> None:
    connection = parquet.connect()
    parquet.load(connection, "flights", Path(os.environ["flights"]))
    parquet.load(connection, "weather", Path(os.environ["weather"]))
    age_max = 60 * int(os.environ["weather_age_max_hours"])
    connection.execute(f"CREATE TABLE rows AS {QUERY.read_text()}", {"age_max": age_max})
    faults = checks.impossible_readings(connection) + checks.incomplete_rows(connection, float(os.environ["fresh_min"]))
    if faults:
        sys.exit("\n".join([f"{os.environ['day']} is refused:", *faults]))
    count = parquet.write(connection, "FROM rows", Path(os.environ["rows"]))
    print(f"{count} departures")


if __name__ == "__main__":
    main()
