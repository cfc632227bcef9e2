"""Writes the tables of families of behaviour into docs/experiments/objective.md, from three sweeps.

    python3 docs/plot/objective_families.py [results/objective/families] [results/objective/faking] [results/objective/revenue] [docs]

Intervals as in objective.py: 95 % percentile intervals of a mean over resamples of the seeds; differences are paired by seed. Of several
ways the one with the highest mean counts, and its interval is that of this way alone.
"""

import sys
from pathlib import Path

from objective import DAYS, LOST, NAMES, amount, interval, mean, minus, runs, table, told, write

FAMILIES = {"no_view": "nobody has a view", "attention": "some follow what rises", "value": "revenue buys back in full"}
IDLE = {"idles": "sells", "idles_holds": "holds", "idles_buys": "buys back"}
WORK = {"works": "sells", "works_holds": "holds", "works_buys": "buys back"}
PUMPS = {"pump": "a day", "pump_early": "early", "pump_waits": "waits"}
WORTH = [0.2, 0.4, 0.8]
WAYS = {"fakes": "at once", "waits": "waits", "holds": "holds", "besides": "besides work"}


def family(followers, buys):
    """The family of a point, by its followers of the meme and by the part of its revenue that the first useful subnet spends."""
    return "attention" if float(followers) > 0 else "value" if float(buys) == 1 else "no_view"


def best(arms, names):
    return max((arm for arm in names if arm in arms), key=lambda arm: mean(arms[arm]["gain.tested"]))


def a_day(values):
    return [value / DAYS for value in values]


def families_table(found):
    lines = []
    for (rule, followers, buys), arms in found.items():
        works, idles = best(arms, WORK), best(arms, IDLE)
        pump = max(PUMPS, key=lambda arm: mean(arms[arm]["gain.pumper"]))
        lines.append([
            f"{NAMES[rule]}; {FAMILIES[family(followers, buys)]}",
            told(arms["idles"]["share.useful"], 1, 100),
            told(arms["idles_buys"]["share.tested"], 1, 100),
            told(a_day(minus(arms["works"]["gain.tested"], arms["idles"]["gain.tested"])), 1),
            told(a_day(minus(arms[works]["gain.tested"], arms[idles]["gain.tested"])), 1) + f"; {WORK[works]}, {IDLE[idles]}",
            told(arms[pump]["gain.pumper"], 0) + f"; {PUMPS[pump]}",
        ])
    return table(["rule; family", "useful, %", "an idle one that buys back, %", "work beyond idling, both sell, TAO a day",
                  "each at its best, TAO a day; works, idles", "pumper's best gain, TAO; how"], lines)


def revenue_table(found):
    rules = list(dict.fromkeys(rule for rule, _ in found))
    lines = []
    for arm, name in FAMILIES.items():
        for revenue in sorted({amount(revenue) for _, revenue in found}):
            of = {rule: arms[arm]["share.useful"] for (rule, earned), arms in found.items() if amount(earned) == revenue}
            lines.append([f"{name}; {revenue:g}", *(told(of[rule], 1, 100) for rule in rules)])
    return table(["family; TAO a day that a useful subnet earns", *(f"{NAMES[rule]}, %" for rule in rules)], lines)


def arms_of(way):
    return [f"{way}_{worth}" for worth in WORTH]


def carried(arms):
    """What working earns beyond the best of idling and of faking without work, in TAO a day."""
    otherwise = best(arms, ["idles", "idles_holds", *arms_of("fakes"), *arms_of("waits"), *arms_of("holds")])
    return a_day(minus(arms[best(arms, WORK)]["gain.tested"], arms[otherwise]["gain.tested"]))


def besides(arms):
    """What faking besides work gains, in TAO a week; it begins with what is sold, as the work that it is held against."""
    return minus(arms[best(arms, arms_of("besides"))]["gain.tested"], arms["works"]["gain.tested"])


def points(found):
    """Points by family and what faking costs."""
    of = {(family(followers, buys), amount(cost)): arms for (cost, followers, buys), arms in found.items()}
    return dict(sorted(of.items(), key=lambda item: (list(FAMILIES).index(item[0][0]), item[0][1])))


def faking_table(found):
    lines = []
    for (name, cost), arms in points(found).items():
        idles = best(arms, IDLE)
        fakers = {way: best(arms, arms_of(way)) for way in WAYS if way != "besides"}
        way = max(fakers, key=lambda way: mean(arms[fakers[way]]["gain.tested"]))
        faker = fakers[way]
        pays = any(arms[faker]["gain.faker"])
        lines.append([
            f"{FAMILIES[name]}; {cost:g}",
            told(minus(arms[faker]["gain.tested"], arms[idles]["gain.tested"]), 0) + (f"; {WAYS[way]}" if pays else ""),
            told(arms[faker]["share.useful"], 1, 100),
            told(carried(arms), 1),
            told(besides(arms), 0),
        ])
    return table(["family; TAO a unit", "faker's gain, TAO; how", "useful, %", "work may lose, TAO a day", "faking besides work gains, TAO"],
                 lines)


def least(costs, holds):
    """The least cost tried from which on something holds."""
    first = max((at + 1 for at, held in enumerate(holds) if not held), default=0)
    return f"{costs[first]:g}" if first < len(costs) else f"none, up to {costs[-1]:g}"


def least_table(found):
    cells = points(found)
    costs = sorted({cost for _, cost in cells})
    lines = []
    for name in dict.fromkeys(name for name, _ in cells):
        of = [cells[name, cost] for cost in costs]
        line = [least(costs, [interval(carried(arms))[0] > lost for arms in of]) for lost in LOST]
        line.append(least(costs, [interval(besides(arms))[0] <= 0 for arms in of]))
        lines.append([FAMILIES[name], *line])
    return table(["family", *(f"work loses {lost}" for lost in LOST), "nobody fakes besides work"], lines)


def main(families="results/objective/families", faking="results/objective/faking", revenue="results/objective/revenue", docs="docs"):
    faked = runs(faking, ["cost_of_faking", "followers", "buys1"])
    write(Path(docs) / "experiments" / "objective.md", {
        "families": families_table(runs(families, ["emission", "followers", "buys1"])),
        "revenue": revenue_table(runs(revenue, ["emission", "revenue1"])),
        "faking": faking_table(faked),
        "least families": least_table(faked),
    })


if __name__ == "__main__":
    main(*sys.argv[1:])
