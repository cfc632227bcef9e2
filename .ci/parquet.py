"""Checks with a reader of its own that a sweep's Parquet files say what its CSV files say.

    python3 .ci/parquet.py DIR
"""

import json
import pathlib
import sys

import polars

folder = pathlib.Path(sys.argv[1])
for name in ["runs", "cells", "failures"]:
    table = polars.read_parquet(folder / f"{name}.parquet")
    text = polars.read_csv(folder / f"{name}.csv", schema=table.schema)
    text = text.with_columns(polars.col(polars.String).fill_null(""))
    if not table.equals(text):
        sys.exit(f"{name}: Parquet and CSV differ")
    manifest = json.loads(polars.read_parquet_metadata(folder / f"{name}.parquet")["dtao.manifest"])
    if manifest["sweep"] != "smoke":
        sys.exit(f"{name}: this is the manifest of {manifest['sweep']}")
    print(f"{name}: {table.height} rows of {table.width} columns, as in the CSV")
