"""Scores a Parquet file with LightGBM as people do: score_files.py pandas|pyarrow MODEL INPUT OUTPUT THREADS"""

import sys

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

BATCH_ROWS = 250_000


def main() -> None:
    kind, model, source, target, threads = sys.argv[1:6]
    booster = lightgbm.Booster(model_file=model)
    names = booster.feature_name()
    schema = pa.schema([("prediction", pa.float64())])
    with pq.ParquetWriter(target, schema) as writer:
        for batch in pq.ParquetFile(source).iter_batches(BATCH_ROWS, use_threads=int(threads) > 1):
            if kind == "pandas":
                rows = batch.to_pandas()[names]
            else:
                rows = np.empty((batch.num_rows, len(names)), np.float32)
                for position, name in enumerate(names):
                    rows[:, position] = batch.column(name).to_numpy()
            writer.write_table(pa.table([booster.predict(rows, num_threads=int(threads))], schema))


if __name__ == "__main__":
    main()
