"""What the model may see of a departure: only what is known when it is due.

`tailnum` is not among them although the source has it: it is missing only where a flight was cancelled.
"""

from pathlib import Path

import duckdb
import numpy as np

OF_THE_FLIGHT = ["day", "departure", "origin", "carrier", "flight", "late"]  # which flight it is, and what became of it
NUMBERS = ["distance", "temp", "dew_spread", "wind_speed", "wind_gust", "precip", "visib", "due", "their_delay"]
FORMULAS = {
    "hour_of_day": "hour::VARCHAR",
    "weekday": "dayname(day)",
    "carrier_origin": "carrier || ' ' || origin",
    "dest": "dest",
    # Of those that were due in the two hours before, who is still there; few flights say little.
    "share_waiting": "CASE WHEN due >= 5 THEN 1 - had_left / due END",
}


def read(table: Path, where: str = "true") -> dict[str, np.ndarray]:
    """The features of the table's rows and which flights they are, in the order of departure."""
    numbers = [f"{name}::DOUBLE AS {name}" for name in NUMBERS]
    formulas = [f"{formula} AS {name}" for name, formula in FORMULAS.items()]
    query = (
        f"SELECT {', '.join([*OF_THE_FLIGHT, *numbers, *formulas])} FROM read_parquet($file) WHERE {where}"
        " ORDER BY departure, carrier, flight, origin"
    )
    columns = duckdb.execute(query, {"file": str(table)}).fetchnumpy()
    return {name: np.ma.filled(column, np.nan) if column.dtype.kind == "f" else np.asarray(column) for name, column in columns.items()}


def only(rows: dict[str, np.ndarray], mask: np.ndarray | slice = slice(None)) -> dict[str, np.ndarray]:
    """The features alone, of some rows."""
    return {name: rows[name][mask] for name in [*NUMBERS, *FORMULAS]}
