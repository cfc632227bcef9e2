"""Draws who is paid under each weight policy, from the runs of configs/scenarios/weight_policies*.ron.

    python3 docs/plot/policies.py [results] [docs/images]

Needs results/weight_policies and results/weight_policies_<name> for every name in PLOTS and COPIES.
"""

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

GROUPS = {"good": "good\nsells all", "fair": "fair\nholds some", "poor": "poor\nholds most",
          "friends": "friends\nsell a little", "owner": "owner"}
PLOTS = {
    "holdings": "2/3 of the stake: weight by holdings",
    "reward_sellers": "2/3 of the stake: weight by what was sold",
    "zero_holders": "2/3 of the stake: nothing for holders",
    "burn": "2/3 of the stake: all on the owner",
    "cartel": "1/3 of the stake: all on its friends",
    "cartel_majority": "2/3 of the stake: all on its friends",
}
COPIES = {"": "all honest", "_copy": "copies", "_copy_turns": "copies,\nqualities change",
          "_copy_turns_hidden": "the same,\ncommit-reveal"}
BLUE, ORANGE, GREY = "#1f5fa8", "#d1661f", "#b8c4d0"


def metrics(results, name):
    return json.loads((Path(results) / f"weight_policies{name}" / "summary.json").read_text())["metrics"]


def panel(title, unit):
    figure, axis = plt.subplots(figsize=(7, 3.4), layout="constrained")
    axis.set_title(title, loc="left")
    axis.set_ylabel(unit)
    return figure, axis


def save(figure, images, name):
    figure.savefig(Path(images) / f"policy_{name}.png", dpi=100, metadata={"Software": None})
    plt.close(figure)


def number(axis, bars):
    axis.bar_label(bars, fmt="%.1f", padding=2, fontsize=10, color="#404040")


def main(results="results", images="docs/images"):
    plt.rcParams.update({
        "font.size": 12, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
        "axes.grid.axis": "y", "grid.color": "#e4e4e4", "axes.edgecolor": "#808080", "axes.axisbelow": True,
    })
    shares = lambda name: [100 * metrics(results, name)[f"incentive.{group}"] for group in GROUPS]
    at = range(len(GROUPS))

    figure, axis = panel("All validators honest", "% of the incentive")
    number(axis, axis.bar(at, shares(""), 0.5, color=BLUE))
    axis.set_xticks(at, GROUPS.values())
    axis.set_ylim(0, 60)
    save(figure, images, "honest")

    for name, title in PLOTS.items():
        figure, axis = panel(title, "% of the incentive")
        number(axis, axis.bar([x - 0.2 for x in at], shares(""), 0.38, color=GREY, label="all honest"))
        number(axis, axis.bar([x + 0.2 for x in at], shares(f"_{name}"), 0.38, color=ORANGE, label="with the policy"))
        axis.set_xticks(at, GROUPS.values())
        axis.set_ylim(0, 135)
        axis.set_yticks(range(0, 101, 25))
        axis.legend(loc="upper center", ncols=2, frameon=False)
        save(figure, images, name)

    figure, axis = panel("What a third of the stake earns", "% of the dividends")
    values = [100 * metrics(results, name)["dividends.policy"] for name in COPIES]
    number(axis, axis.bar(range(len(COPIES)), values, 0.5, color=[GREY, ORANGE, ORANGE, ORANGE]))
    axis.axhline(100 / 3, color="#404040", lw=1, ls=(0, (4, 3)))
    axis.set_xticks(range(len(COPIES)), COPIES.values())
    axis.set_ylim(0, 42)
    save(figure, images, "copy")


if __name__ == "__main__":
    main(*sys.argv[1:])
