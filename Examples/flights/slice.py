"""Takes one day out of the raw tables: its flights, and the weather that they could have known.

The day is New York's. Times in the result are UTC. Readings that corrections.csv withdraws become missing.
"""

import csv
import os
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

import parquet

ZONE = ZoneInfo("America/New_York")
MARGIN = timedelta(hours=6)  # weather before midnight that flights after midnight know
MEASURES = ["temp", "dewp", "humid", "wind_speed", "wind_gust", "precip", "visib"]

FLIGHTS = """
    SELECT make_date(year::INT, month::INT, day::INT) AS day, time_hour + to_minutes(minute) AS departure,
           origin, dest, carrier, flight, hour, distance, dep_delay, arr_delay
    FROM read_parquet($file)
    WHERE (year, month, day) = ($year, $month, $day)
"""


def midnight(day: date) -> datetime:
    """When a day begins in New York, in UTC and without a zone, as the tables have it."""
    return datetime.combine(day, time(), ZONE).astimezone(timezone.utc).replace(tzinfo=None)


def slice_flights(connection: duckdb.DuckDBPyConnection, day: date, source: Path, target: Path) -> int:
    parameters = {"file": str(source), "year": day.year, "month": day.month, "day": day.day}
    connection.execute(f"CREATE TABLE flights AS {FLIGHTS}", parameters)
    return parquet.write(connection, "FROM flights ORDER BY departure, carrier, flight, origin", target)


def withdraw(connection: duckdb.DuckDBPyConnection, corrections: Path) -> None:
    """Makes the readings missing that the file lists by origin, time_hour and column."""
    with corrections.open(newline="") as lines:
        for line in csv.DictReader(lines):
            column = line["column"]
            if column not in MEASURES:
                raise SystemExit(f"{corrections.name}: there is no reading '{column}'; expected one of {', '.join(MEASURES)}")
            connection.execute(
                f"UPDATE weather SET {column} = NULL WHERE origin = $1 AND time_hour = $2::TIMESTAMP",
                [line["origin"], line["time_hour"]],
            )


def slice_weather(connection: duckdb.DuckDBPyConnection, day: date, source: Path, corrections: Path, target: Path) -> int:
    connection.execute(
        f"CREATE TABLE weather AS SELECT origin, time_hour, {', '.join(MEASURES)} FROM read_parquet($file)"
        " WHERE time_hour >= $from AND time_hour < $to",
        {"file": str(source), "from": midnight(day) - MARGIN, "to": midnight(day + timedelta(days=1))},
    )
    withdraw(connection, corrections)
    return parquet.write(connection, "FROM weather ORDER BY origin, time_hour", target)


def main() -> None:
    day = date.fromisoformat(os.environ["day"])
    names = ["raw_flights", "raw_weather", "corrections", "flights", "weather"]
    raw_flights, raw_weather, corrections, flights, weather = (Path(os.environ[name]) for name in names)
    connection = parquet.connect()
    flight_count = slice_flights(connection, day, raw_flights, flights)
    hour_count = slice_weather(connection, day, raw_weather, corrections, weather)
    print(f"{day}: {flight_count} flights, {hour_count} hours of weather at three airports")


if __name__ == "__main__":
    main()
