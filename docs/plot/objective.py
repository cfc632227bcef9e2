"""Writes the tables of docs/experiments/objective.md anew and draws its picture, from two sweeps.

    python3 docs/plot/objective.py [results/objective/rules] [results/objective/checking] [docs]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; everything else stays as it is. Intervals are 95 % percentile
intervals of a mean over 2,000 resamples of the seeds; differences are paired by seed.
"""

import csv
import random
import re
import sys
from collections import defaultdict
from pathlib import Path

NAMES = {
    "MovingPrice": "`MovingPrice`", "SpotPrice": "`SpotPrice`", "MarketCap": "`MarketCap`", "TaoFlow()": "`TaoFlow()`",
    "NetFlow()": "`NetFlow()`", "PriceRootBurn": "`PriceRootBurn`", "PriceBurn": "`PriceBurn`", "Uniform": "`Uniform`",
    "LowerAverage()": "`LowerAverage()`", "DepthCap()": "`DepthCap()`", "Objective": "`Objective`",
    "Blend(of: MovingPrice, with: Objective, weight: 0.5)": "`Blend`, half `MovingPrice`, half `Objective`",
}
FAKERS = ["fakes_0.1", "fakes_0.2", "fakes_0.4", "fakes_0.8"]
DAYS = 7
LOST = [0, 10, 20]


def runs(folder, keys):
    """{factors: {arm: {outcome: [by seed]}}}"""
    found = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))
    with (Path(folder) / "runs.csv").open() as file:
        for row in csv.DictReader(file):
            point = found[tuple(row[key] for key in keys)][row["arm"]]
            for name, cell in row.items():
                if name.startswith(("share.", "gain.")):
                    point[name].append(float(cell))
    return found


def mean(values):
    return sum(values) / len(values)


def interval(values):
    draw = random.Random(1)
    means = sorted(mean(draw.choices(values, k=len(values))) for _ in range(2_000))
    return means[50], means[1_949]


def told(values, digits, times=1.0):
    values = [times * value for value in values]
    text = f"{mean(values):,.{digits}f}"
    low, high = interval(values)
    text = text if low == high else f"{text} ({low:,.{digits}f} to {high:,.{digits}f})"
    return re.sub(r"-(0(\.0+)?)(?![\d.])", r"\1", text)


def minus(one, other):
    return [a - b for a, b in zip(one, other)]


def best_faker(arms):
    return max(FAKERS, key=lambda arm: mean(arms[arm]["gain.tested"]))


def carried(arms):
    """What working earns beyond the best of idling and faking, in TAO a day."""
    faker = best_faker(arms)
    otherwise = max(["idles", faker], key=lambda arm: mean(arms[arm]["gain.tested"]))
    return [more / DAYS for more in minus(arms["works"]["gain.tested"], arms[otherwise]["gain.tested"])]


def table(header, lines):
    align = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, align, *lines])


def rules_table(rules):
    lines = []
    for (rule,), arms in rules.items():
        more = [more / DAYS for more in minus(arms["works"]["gain.tested"], arms["idles"]["gain.tested"])]
        lines.append([
            NAMES[rule],
            told(arms["idles"]["share.useful"], 1, 100),
            told(arms["works"]["share.tested"], 1, 100),
            told(minus(arms["pump"]["share.meme"], arms["idles"]["share.meme"]), 2, 100),
            told(arms["pump"]["gain.pumper"], 0),
            told(more, 1),
        ])
    return table(["rule", "useful, %", "the tested one, if it works, %", "points that the pump draws", "pumper's gain, TAO",
                  "work beyond idling, TAO a day"], lines)


def checking_table(checking):
    lines = []
    for (cost,), arms in sorted(checking.items(), key=lambda item: amount(item[0][0])):
        faker = best_faker(arms)
        lines.append([
            f"{amount(cost):g}",
            told(minus(arms[faker]["gain.tested"], arms["idles"]["gain.tested"]), 0),
            told([0.0 - gain for gain in arms[faker]["gain.faker"]], 0),
            told(arms[faker]["share.tested"], 1, 100),
            told(arms[faker]["share.useful"], 1, 100),
            told(carried(arms), 1),
        ])
    return table(["TAO a unit", "faker's gain, TAO", "it pays, TAO", "its share, %", "useful, %", "work may lose, TAO a day"], lines)


def amount(text):
    return float(text.strip('"').split()[0])


def least_table(checking):
    costs = sorted(checking, key=lambda key: amount(key[0]))
    lines = []
    for lost in LOST:
        holds = [interval(carried(checking[cost]))[0] > lost for cost in costs]
        first = max((at + 1 for at, held in enumerate(holds) if not held), default=0)
        least = f"{amount(costs[first][0]):g}" if first < len(costs) else f"none of those tried, up to {amount(costs[-1][0]):g}"
        lines.append([f"{lost}", least])
    return table(["work loses, TAO a day", "least cost of faking, TAO a unit"], lines)


def write(page, tables):
    text = page.read_text()
    for name, new in tables.items():
        pattern = re.compile(rf"(<!-- table: {name} -->\n).*?(\n<!-- end -->)", re.S)
        text, count = pattern.subn(lambda match: match[1] + new + match[2], text)
        assert count == 1, name
    page.write_text(text)


def picture(rules, path):
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4.4), layout="constrained", sharey=True)
    names = [rule.split("(")[0] for (rule,) in rules]
    for at, arms in enumerate(rules.values()):
        more = [more / DAYS for more in minus(arms["works"]["gain.tested"], arms["idles"]["gain.tested"])]
        for axis, values, colour in [(left, [100 * share for share in arms["idles"]["share.useful"]], "#1f5fa8"), (right, more, "#d1661f")]:
            axis.plot(interval(values), [at, at], color=colour, lw=3)
            axis.plot(mean(values), at, "o", color=colour)
    left.set_yticks(range(len(names)), names)
    left.invert_yaxis()
    left.axvline(50, color="#b8c4d0", lw=1)
    left.set_xlabel("emission to the three useful of six subnets, %")
    right.axvline(0, color="#b8c4d0", lw=1)
    right.set_xlabel("what work earns beyond idling, TAO a day")
    figure.savefig(path, dpi=130)


def main(rules="results/objective/rules", checking="results/objective/checking", docs="docs"):
    rules, checking = runs(rules, ["emission"]), runs(checking, ["cost_of_faking"])
    write(Path(docs) / "experiments" / "objective.md", {
        "rules": rules_table(rules), "checking": checking_table(checking), "least": least_table(checking),
    })
    picture(rules, Path(docs) / "images" / "objective.png")


if __name__ == "__main__":
    main(*sys.argv[1:])
