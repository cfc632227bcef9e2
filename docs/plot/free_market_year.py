"""Writes the table of the year with owners who choose into docs/experiments/free_market.md.

    dtao sweep configs/sweeps/free_market_year.ron --out results/free_market_year
    python3 docs/plot/free_market_year.py [results/free_market_year] [docs/experiments/free_market.md]

A cell is the mean share of the emission at the end of the year over the seeds, with the lowest and the highest, in per cent.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

from objective import table, write

KINDS = ["useful", "revenue", "meme", "idle"]
FAMILIES = {"no_view": "nobody has a view", "attention": "some follow what rises", "value": "revenue buys back in full"}
CELL = "what a business leaves, TAO a day; intensity; family"


def shares(runs, kind):
    found = [100 * float(run[f"emission.{kind}.end"]) + 0.0 for run in runs]
    mean = f"{sum(found) / len(found) + 0:.0f}"
    return f"{mean} ({min(found):.0f} to {max(found):.0f})" if len(found) > 1 else mean


def cells(folder, family):
    """The runs of each cell, by how the page names it, in the page's order."""
    found = defaultdict(list)
    with (Path(folder) / "runs.csv").open() as file:
        for run in csv.DictReader(file):
            found[float(run["left"]), float(run["intensity"]), family(run)].append(run)
    ordered = sorted(found.items(), key=lambda cell: (*cell[0][:2], list(FAMILIES).index(cell[0][2])))
    return {f"{left:g}; {intensity:g}; {FAMILIES[arm]}": runs for (left, intensity, arm), runs in ordered}


def main(folder="results/free_market_year", page="docs/experiments/free_market.md"):
    found = cells(folder, lambda run: run["arm"])
    lines = [[cell, *(shares(runs, kind) for kind in KINDS)] for cell, runs in found.items()]
    write(Path(page), {"year": table([CELL, *KINDS], lines)})


if __name__ == "__main__":
    main(*sys.argv[1:])
