"""What the steps share: a connection that gives the same bytes for the same rows, and Parquet files."""

from pathlib import Path

import duckdb


def connect() -> duckdb.DuckDBPyConnection:
    """A connection of one thread, so that rows are written in one order."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1")
    return connection


def load(connection: duckdb.DuckDBPyConnection, name: str, *paths: Path) -> None:
    """Makes Parquet files a table in memory."""
    connection.execute(f"CREATE TABLE {name} AS FROM read_parquet($files)", {"files": [str(path) for path in paths]})


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Writes what a query gives as Parquet; returns the number of rows."""
    target = str(path).replace("'", "''")
    return connection.execute(f"COPY ({query}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)").fetchone()[0]
