"""Writes the tables of docs/experiments/free_market.md anew and draws its picture, from a sweep.

    python3 docs/plot/free_market.py [results/free_market] [docs]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; everything else stays as it is. Intervals are 95 % percentile
intervals of a mean over 2,000 resamples of the seeds.
"""

import csv
import sys
from collections import defaultdict
from pathlib import Path

from objective import amount, interval, mean, minus, table, told, write

KINDS = {"useful": range(1, 5), "revenue": range(5, 9), "meme": range(9, 13), "idle": range(13, 17)}
FAMILIES = {"no_view": "nobody has a view", "attention": "some follow what rises", "value": "revenue buys back in full"}
DAYS = 60


def runs(folder):
    """{(family, revenue): {outcome: [by seed]}}"""
    found = defaultdict(lambda: defaultdict(list))
    with (Path(folder) / "runs.csv").open() as file:
        for row in csv.DictReader(file):
            key = (row["arm"], amount(row["revenue5"].removeprefix("Exactly(").removesuffix(")")))
            for name, cell in row.items():
                if name.startswith(("share.", "gain.", "owners.", "pool.")):
                    found[key][name].append(float(cell))
    return found


def capital(cell, kind):
    pools = [cell[f"pool.{netuid}"] for netuid in range(1, 17)]
    theirs = [cell[f"pool.{netuid}"] for netuid in KINDS[kind]]
    return [sum(some) / sum(every) for some, every in zip(zip(*theirs), zip(*pools))]


def shares_table(found, of):
    lines = []
    for (family, revenue), cell in found.items():
        values = [of(cell, kind) for kind in KINDS]
        lines.append([f"{FAMILIES[family]}; {revenue:g}"] + [told(value, 1, 100) for value in values])
    return table(["family; TAO a day that a subnet earns outside", *(f"{kind}, %" for kind in KINDS)], lines)


def owners_table(found):
    """What an owner earns a day beyond an idle one, and those who spend for it."""
    lines = []
    for (family, revenue), cell in found.items():
        more = {kind: [x / 4 / DAYS for x in minus(cell[f"owners.{kind}"], cell["owners.idle"])] for kind in ("useful", "revenue", "meme")}
        spent = {who: [x / 4 / DAYS for x in cell[f"gain.{who}"]] for who in ("revenue", "promoters")}
        net = {"revenue": [a + b for a, b in zip(more["revenue"], spent["revenue"])],
               "meme": [a + b for a, b in zip(more["meme"], spent["promoters"])]}
        lines.append([f"{FAMILIES[family]}; {revenue:g}", told(more["useful"], 2), told(more["revenue"], 2), told(net["revenue"], 2),
                      told(more["meme"], 2), told(net["meme"], 2)])
    return table(["family; TAO a day that a subnet earns outside", "useful", "revenue", "revenue, less what buybacks lose", "meme",
                  "meme, less what promotion loses"], lines)


def picture(found, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    colours = {"useful": "#1f5fa8", "revenue": "#2f8f5b", "meme": "#d1661f", "idle": "#8a97a3"}
    figure, axes = plt.subplots(1, 3, figsize=(9.5, 3.6), layout="constrained", sharey=True)
    for axis, (family, name) in zip(axes, FAMILIES.items()):
        revenues = sorted(revenue for arm, revenue in found if arm == family)
        for kind, colour in colours.items():
            values = [[100 * share for share in found[(family, revenue)][f"share.{kind}"]] for revenue in revenues]
            axis.plot(revenues, [mean(value) for value in values], "o-", color=colour, label=kind)
            for revenue, value in zip(revenues, values):
                axis.plot([revenue, revenue], interval(value), color=colour, lw=3, alpha=0.4)
        axis.set_xscale("log")
        axis.set_xticks(revenues, [f"{revenue:g}" for revenue in revenues])
        axis.minorticks_off()
        axis.set_title(name, loc="left", fontsize=10)
        axis.set_xlabel("TAO a day that a subnet earns outside")
    axes[0].set_ylabel("share of the emission, %")
    axes[0].legend(frameon=False)
    figure.savefig(path, dpi=130)


def main(folder="results/free_market", docs="docs"):
    found = runs(folder)
    write(Path(docs) / "experiments" / "free_market.md", {
        "emission": shares_table(found, lambda cell, kind: cell[f"share.{kind}"]),
        "capital": shares_table(found, capital),
        "owners": owners_table(found),
    })
    picture(found, Path(docs) / "images" / "free_market.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
