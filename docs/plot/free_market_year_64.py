"""Writes the table of the year with 64 subnets into docs/experiments/free_market.md, beside the year with 16.

    dtao sweep configs/sweeps/free_market_year_64.ron --out results/free_market_year_64
    python3 docs/plot/free_market_year_64.py [results/free_market_year_64] [docs/experiments/free_market.md]

The figures of 16 subnets are those of the page's table of the year. The script stops if the sweep's points are not the ten that the
page's rule picks from that table, and prints what it counts.
"""

import re
import sys
from pathlib import Path

from free_market_year import CELL, FAMILIES, KINDS, cells, shares
from objective import table, write

LEFT, INTENSITY = ["0", "10", "40"], ["0.01", "0.1", "1"]


def family(run):
    return "value" if float(run["buys"]) == 1 else "attention" if float(run["yields"]) > 0 else "no_view"


def numbers(text):
    """Mean, lowest and highest of a cell of the table."""
    return [float(number) for number in re.findall(r"[\d.]+", text)]


def sixteen(page):
    """The rows of the page's table of the year."""
    text = re.search(r"<!-- table: year -->\n(.*?)\n<!-- end -->", page.read_text(), re.S)[1]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return {name: cells for name, *cells in rows}


def chosen(rows):
    """A Latin square of the three factors, and of the other rows the first of those whose seeds differ most."""
    names = list(FAMILIES.values())
    square = {f"{left}; {intensity}; {names[(a + b) % 3]}" for a, left in enumerate(LEFT) for b, intensity in enumerate(INTENSITY)}

    def spread(name):
        return sum(highest - lowest for _, lowest, highest in map(numbers, rows[name]))

    tenth = max((name for name in rows if name not in square), key=spread)
    return [name for name in rows if name in square or name == tenth]


def main(folder="results/free_market_year_64", page="docs/experiments/free_market.md"):
    page = Path(page)
    before, now = sixteen(page), cells(folder, family)
    points = chosen(before)
    if sorted(now) != sorted(points):
        sys.exit(f"the sweep's points are not the rule's: {sorted(set(now) ^ set(points))}")
    lines, within, same, apart = [], 0, 0, []
    for name in points:
        there, here = before[name], [shares(now[name], kind) for kind in KINDS]
        lines.append([name, *(f"{one} / {other}" for one, other in zip(there, here))])
        means = [[numbers(cell)[0] for cell in cells] for cells in (there, here)]
        same += means[0].index(max(means[0])) == means[1].index(max(means[1]))
        within += sum(numbers(one)[1] <= mean <= numbers(one)[2] for one, mean in zip(there, means[1]))
        apart += [abs(one - other) for one, other in zip(*means)]
    write(page, {"year 64": table([CELL, *(f"{kind}, 16 / 64" for kind in KINDS)], lines)})
    print(f"the largest kind is the same in {same} of {len(points)}; {within} of {len(apart)} means of 64 lie within the range of 16; "
          f"they differ by {sum(apart) / len(apart):.1f} points on average, at most {max(apart):.0f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
