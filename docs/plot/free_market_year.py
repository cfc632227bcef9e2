"""Writes the table of the year with owners who choose into docs/experiments/free_market.md.

    dtao sweep configs/sweeps/free_market_year.ron --out results/free_market_year
    python3 docs/plot/free_market_year.py [results/free_market_year] [docs/experiments/free_market.md]

A cell is the mean share of the emission at the end of the year over the seeds, with the lowest and the highest, in per cent.
"""

import csv
import re
import sys
from collections import defaultdict
from pathlib import Path

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "results/free_market_year")
page = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/experiments/free_market.md")
KINDS = ["useful", "revenue", "meme", "idle"]
FAMILIES = {"no_view": "nobody has a view", "attention": "some follow what rises", "value": "revenue buys back in full"}

cells = defaultdict(list)
for run in csv.DictReader(open(folder / "runs.csv")):
    cells[float(run["left"]), float(run["intensity"]), run["arm"]].append(run)


def shares(runs, kind):
    found = [100 * float(run[f"emission.{kind}.end"]) + 0.0 for run in runs]
    return f"{sum(found) / len(found) + 0:.0f} ({min(found):.0f} to {max(found):.0f})"


lines = ["| what a business leaves, TAO a day; intensity; family | useful | revenue | meme | idle |", "| --- | ---: | ---: | ---: | ---: |"]
for (left, intensity, arm), runs in sorted(cells.items(), key=lambda cell: (*cell[0][:2], list(FAMILIES).index(cell[0][2]))):
    lines.append(f"| {left:g}; {intensity:g}; {FAMILIES[arm]} | " + " | ".join(shares(runs, kind) for kind in KINDS) + " |")
text = re.sub(
    r"(<!-- table: year -->\n).*?(<!-- end -->)", lambda found: found[1] + "\n".join(lines) + "\n" + found[2], page.read_text(), flags=re.S
)
page.write_text(text)
