"""Ranks the points of a fit, arm by arm: python3 docs/plot/sn28_fit.py results/sn28_fit [configs/scenarios/sn28.ron]

The loss of a point is the sum, over the facts that the scenario marks as Calibrated, of the squared distance between the
median over the seeds and the recorded value, in units of the tolerance.
"""

import csv
import math
import re
import sys

folder = sys.argv[1]
scenario = sys.argv[2] if len(sys.argv) > 2 else "configs/scenarios/sn28.ron"
number = r"(-?[\d_.e]+)"
pattern = rf'metric: "([^"]+)", target: {number}, within: \({number}, {number}\), kind: Calibrated'
facts = {}
for name, target, low, high in re.findall(pattern, open(scenario).read()):
    target, low, high = (float(text.replace("_", "")) for text in (target, low, high))
    facts[name] = target, max(target - low, high - target)

arms = {}
for row in csv.DictReader(open(f"{folder}/cells.csv")):
    if row["outcome"] in facts:
        points = arms.setdefault(row["arm"], {})
        points.setdefault(int(row["point"]), {})[row["outcome"]] = float(row["q50"] or "nan")
factors = {int(row.pop("point")): row for row in csv.DictReader(open(f"{folder}/points.csv"))}


def loss(medians):
    """Infinite where a fact has no median: such a point must not be among the best."""
    total = sum(((medians[name] - target) / width) ** 2 for name, (target, width) in facts.items() if name in medians)
    return total if math.isfinite(total) else math.inf


best = {}
for arm, points in arms.items():
    ranked = sorted((loss(medians), point) for point, medians in points.items())
    best[arm] = [point for _, point in ranked[:10]]
    print(arm, "loss", "point", *facts, *factors[0], sep="\t")
    for value, point in ranked[:10]:
        medians = (f"{points[point][name]:.4g}" for name in facts if name in points[point])
        print(arm, f"{value:.2f}", point, *medians, *factors[point].values(), sep="\t")
for arm, points in best.items():
    shared = {other: len(set(points) & set(theirs)) for other, theirs in best.items() if other != arm}
    print(f"the ten best of {arm} among those of:", *(f"{other} {count}" for other, count in shared.items()))
