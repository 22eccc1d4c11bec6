"""Writes rows to score as Parquet: parquet_rows.py FILE COUNT. A process of its own, for its memory is not the benchmark's."""

import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import models

GROUP_ROWS = 250_000


def main() -> None:
    path, count = sys.argv[1], int(sys.argv[2])
    schema = pa.schema([(f"Column_{column}", pa.float32()) for column in range(models.FEATURES)])
    with pq.ParquetWriter(path, schema, compression="snappy", use_dictionary=False) as writer:
        for start in range(0, count, GROUP_ROWS):
            rows = models.rows(min(GROUP_ROWS, count - start), seed=100 + start).astype(np.float32)
            writer.write_table(pa.table([np.ascontiguousarray(column) for column in rows.T], schema))


if __name__ == "__main__":
    main()
