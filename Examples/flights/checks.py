"""What a day must be before it may enter the table. A day that is not is quarantined; the others go on."""

import duckdb

FLIGHTS_MIN = 300  # the quietest day of 2013 has 634
RANGES = {
    # what the instruments can mean, in the units of the source: degrees Fahrenheit, percent, miles an hour, inches, miles
    "temp": (-40, 130),
    "dewp": (-60, 100),
    "humid": (0, 100),
    "wind_speed": (0, 150),
    "wind_gust": (0, 200),
    "precip": (0, 5),
    "visib": (0, 20),
}


def impossible_readings(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Readings of the table `weather` that no instrument can have meant."""
    faults = []
    for column, (low, high) in RANGES.items():
        found = connection.execute(
            f"SELECT origin, time_hour, {column} FROM weather WHERE {column} NOT BETWEEN $1 AND $2 ORDER BY ALL", [low, high]
        ).fetchall()
        faults += [f"{origin} {hour}: {column} is {value:g}, expected {low} to {high}" for origin, hour, value in found]
    return faults


def incomplete_rows(connection: duckdb.DuckDBPyConnection, fresh_min: float) -> list[str]:
    """What the table `rows` lacks."""
    rows, flights, fresh = connection.execute(
        "SELECT count(*), count(DISTINCT (departure, carrier, flight, origin)), count(weather_known_at) FROM rows"
    ).fetchone()
    faults = []
    if rows < FLIGHTS_MIN:
        faults.append(f"{rows} flights, expected {FLIGHTS_MIN} or more")
    if rows != flights:
        faults.append(f"{rows} rows of {flights} flights, expected a row for each")
    if fresh < fresh_min * rows:
        faults.append(f"{fresh} of {rows} flights have weather that is fresh enough, expected {fresh_min:.0%} or more")
    return faults
