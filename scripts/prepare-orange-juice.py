"""Turns bayesm's orangeJuice.rda into two Parquet files.

usage: prepare-orange-juice.py orangeJuice.rda FOLDER

FOLDER/orange_juice.parquet         one row per store, brand and week: log units sold, eleven prices, promotions, margin
FOLDER/orange_juice_stores.parquet  one row per store: demographics and distance to competitors

Names and values are the source's own; its column `constant`, 1 in every row, is left out.
The same input gives the same bytes.
"""

import sys
from pathlib import Path

import duckdb
import rdata

ROWS = 106_139
STORES = 83


def write(frame, order: list[str], rows: int, path: Path) -> None:
    """Writes `frame` sorted by `order`, which must be a key, and checks the file that was written."""
    file = str(path).replace("'", "''")
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # row groups in a fixed order
    connection.register("source", frame)
    connection.execute(
        f"COPY (FROM source ORDER BY {', '.join(order)}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)"
    )
    found, distinct = connection.execute(
        f"SELECT count(*), count(DISTINCT ({', '.join(order)})) FROM '{file}'"
    ).fetchone()
    if (found, distinct) != (rows, rows):
        sys.exit(
            f"{path.name}: expected {rows} rows with distinct {', '.join(order)}; "
            f"found {found} rows, {distinct} distinct. Is this orangeJuice.rda from another release of bayesm?"
        )


def main(source: str, folder: str) -> None:
    tables = rdata.read_rda(source)["orangeJuice"]
    sales = tables["yx"].drop(columns="constant")
    write(sales, ["store", "brand", "week"], ROWS, Path(folder, "orange_juice.parquet"))
    write(tables["storedemo"], ["STORE"], STORES, Path(folder, "orange_juice_stores.parquet"))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
