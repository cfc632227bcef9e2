"""Writes the tables of docs/experiments/sn28.md anew, from what `dtao reproduce sn28` leaves.

    python3 docs/plot/sn28_tables.py [results/sn28] [docs/experiments/sn28.md]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; everything else stays as it is.
"""

import csv
import re
import sys
from pathlib import Path

MECHANISMS = ["M1", "M2", "M3"]
FIRST_ROW = {
    "fitted": "fact", "test": "fact", "again": "fact", "caused": "", "left": "", "rescue": "coalition",
    "pumper": "", "together": "", "followers": "", "loop": "coefficient",
}
KINDS = {"fitted": "Calibrated", "test": "Validation", "again": "Restated"}
LEFT = {
    "baseline": "baseline",
    "no_intervention": "no intervention",
    "no_pumper": "no pumper, the same intervention",
    "switch_1252": "switch at 12:52, 30 minutes after the peak",
    "switch_by_rank": "switch an hour after rank 10 is reached",
}
RESCUE = {
    "zero_holders": "0.95, zeroing holders",
    "reward_sellers": "0.95, rewarding sellers",
    "switch_1808": "0.95, at 18:08",
}
GAIN = {
    "baseline": "baseline",
    "no_intervention": "no intervention",
    "budget_150": "150 TAO instead of 500 to 690",
    "budget_300": "300 TAO",
    "budget_1200": "1,200 TAO",
    "position_02": "2 % of the alpha held before",
    "position_05": "5 %",
    "position_02_alone": "2 %, no intervention",
    "position_05_alone": "5 %, no intervention",
    "exit_after_1h": "leaves an hour after its purchase",
    "exit_below_80": "leaves at 80 % of its best price",
    "exit_never": "never leaves",
    "no_followers": "nobody follows",
    "many_followers": "four times the followers, looking more often",
    "followers_stay": "followers leave a day late",
}
MEASURES = {
    "pumper": "the pumper's gain, TAO",
    "together": "gain of pumper and holders together, TAO",
    "followers": "gain of those who followed, TAO",
}
LOOP = {"moving_3e-6": "3e-6", "baseline": "3e-4, in force", "moving_spot": "spot price"}


def number(text, digits=3):
    """A number with this many significant digits."""
    value = float(text)
    size, places = abs(value), digits - 1
    if size == 0:
        return "0"
    if size < 1e-4:
        return f"{value:.{places}e}"
    while size >= 10 and places > 0:
        size, places = size / 10, places - 1
    while size < 1:
        size, places = size * 10, places + 1
    return f"{value:.{places}f}"


def spread(row):
    if row["value"] == "":
        return "not reached"
    return f"{number(row['value'])} [{number(row['low'])}, {number(row['high'])}]"


def percent(row):
    value, low, high = (100 * float(row[column]) for column in ("value", "low", "high"))
    return f"{value:.0f} % [{low:.0f} %, {high:.0f} %]"


def fact(rows):
    cells = []
    for row in rows:
        if row["median"] == "":
            cells.append("not reached")
            continue
        cell = f"{number(row['median'])} [{number(row['q05'])}, {number(row['q95'])}]"
        if row["skill"] != "":
            cell += f", {float(row['skill']):.2f}"
        cells.append(cell + (" **missed**" if row["verdict"] == "missed" else ""))
    low, high = number(rows[0]["least"]), number(rows[0]["greatest"])
    return [f"`{rows[0]['metric']}`", number(rows[0]["target"]), f"{low} to {high}", *cells]


def facts(checks, kind):
    names = list(dict.fromkeys(row["metric"] for row in checks if row["kind"] == kind))
    return [fact([of(checks, metric=name, mechanism=mechanism) for mechanism in MECHANISMS]) for name in names]


def of(rows, **values):
    found = [row for row in rows if all(row[column] == value for column, value in values.items())]
    assert len(found) == 1, (values, len(found))
    return found[0]


def answers(rows, labels, show, **where):
    return [
        [label, *(show(of(rows, arm=arm, mechanism=mechanism, **where)) for mechanism in MECHANISMS)]
        for arm, label in labels.items()
    ]


def rescue(rows):
    question = {"question": "Does the rescue work?"}
    of_main = [row for row in rows if row["question"] == question["question"] and row["arm"] in ("baseline", "no_intervention")]
    seeds = of_main[0]["n"]
    parts = [row["arm"] for row in rows if row["arm"].startswith("coalition_") and row["mechanism"] == "M1" and row["question"] == question["question"]]
    labels = {
        "baseline": f"0.95, all follow ({seeds} seeds)",
        "no_intervention": f"nobody follows ({seeds} seeds)",
        **{arm: f"{int(arm.removeprefix('coalition_')) / 100:g}" for arm in parts},
        **RESCUE,
    }
    return answers(rows, labels, percent, **question)


def loop(rows):
    question = "How strong is the emission loop?"
    table = []
    for arm, label in LOOP.items():
        for measure, at in [("at 17:52", "17:52"), ("at 24:00", "24:00"), ("a day later", "a day later")]:
            where = {"question": question, "measure": f"share of the emission {measure}"}
            table += answers(rows, {arm: f"{label}, {at}"}, spread, **where)
    return table


def tables(checks, rows):
    made = {name: facts(checks, kind) for name, kind in KINDS.items()}
    caused = "How much of the fall did the cut cause?"
    made["caused"] = answers(rows, {"baseline": "part caused by the cut"}, spread, question=caused)
    made["caused"] += answers(rows, {"no_intervention": "fall without the intervention"}, spread, question=caused)
    made["left"] = answers(rows, LEFT, spread, question="What is left of the price a day later?")
    made["rescue"] = rescue(rows)
    gains = [row["arm"] for row in rows if row["measure"] == MEASURES["pumper"] and row["mechanism"] == "M1"]
    labels = {arm: GAIN[arm] for arm in gains}
    for name, measure in MEASURES.items():
        made[name] = answers(rows, labels, spread, measure=measure)
    made["loop"] = loop(rows)
    return made


def score(checks):
    """One line for each kind and mechanism: how many are met, covered and better than noise."""
    for kind in KINDS.values():
        for mechanism in MECHANISMS:
            of_kind = [row for row in checks if row["kind"] == kind and row["mechanism"] == mechanism]
            met = sum(row["verdict"] == "met" for row in of_kind)
            covered = sum(row["covered"] == "true" for row in of_kind)
            better = sum(row["skill"] != "" and float(row["skill"]) > 0 for row in of_kind)
            print(f"{kind} {mechanism}: {met} met, {covered} covered, {better} better than noise, of {len(of_kind)}")


def main():
    results = Path(sys.argv[1] if len(sys.argv) > 1 else "results/sn28")
    page = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/experiments/sn28.md")
    read = lambda name: list(csv.DictReader((results / name).open()))
    checks, rows = read("validation.csv"), read("answers.csv")
    text = page.read_text()
    for name, table in tables(checks, rows).items():
        head = [FIRST_ROW[name], *(["recorded", "bounds"] if name in KINDS else []), *MECHANISMS]
        lines = ["| " + " | ".join(row) + " |" for row in [head, *table]]
        lines.insert(1, "|" + "---|" * len(head))
        pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        text, count = re.subn(pattern, lambda found: found[1] + "\n".join(lines) + "\n" + found[2], text, flags=re.S)
        assert count == 1, f"{page}: {count} places for the table `{name}`"
    page.write_text(text)
    score(checks)


main()
