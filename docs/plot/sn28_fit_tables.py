"""Writes the tables of docs/experiments/sn28_fit.md anew, from what `dtao fit` leaves.

    python3 docs/plot/sn28_fit_tables.py [results] [docs/experiments/sn28_fit.md]

Read are results/sn28_fit, sn28_scores_fit and sn28_morris_fit, whichever are there. A table stands between `<!-- table: NAME -->`
and `<!-- end -->`; everything else stays as it is.
"""

import csv
import re
import sys
from pathlib import Path

results = Path(sys.argv[1] if len(sys.argv) > 1 else "results")
page = Path(sys.argv[2] if len(sys.argv) > 2 else "docs/experiments/sn28_fit.md")


def rows(folder, name):
    path = results / folder / name
    return list(csv.DictReader(open(path))) if path.exists() else []


def number(text, digits=3):
    if not text:
        return "-"
    value = float(text)
    return f"{value:.0f}" if abs(value) >= 1e3 else f"{value:.{digits}g}"


def span(row, value, low, high):
    return f"{number(row[value])} [{number(row[low])}, {number(row[high])}]"


def markdown(head, lines):
    return "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *lines])


tables = {}
weights = rows("sn28_fit", "weights.csv")
if weights:
    tables["weights"] = markdown(
        ["facts", "mechanism", "draws", "with all facts", "kept", "rejection", "weight [5 to 95 %]"],
        [[w["facts"], w["model"], w["draws"], w["complete"], w["kept"], number(w["rejection"], 2),
          span(w, "weight", "low", "high")] for w in weights],
    )
    confusion = rows("sn28_fit", "confusion.csv")
    models = list(dict.fromkeys(row["model"] for row in confusion))
    cell = {(r["facts"], r["truth"], r["model"]): r for r in confusion}
    tables["confusion"] = markdown(
        ["facts", "truth", *(f"taken for {m}" for m in models), "truths"],
        [[f, t, *(f"{number(cell[f, t, m]['chosen'], 2)} ({number(cell[f, t, m]['weight'], 2)})" for m in models),
          cell[f, t, models[0]]["truths"]] for f, t in dict.fromkeys((r["facts"], r["truth"]) for r in confusion)],
    )
    calibration = {(r["facts"], r["model"], r["name"]): r for r in rows("sn28_fit", "calibration.csv")}

    def verdict(found):
        words = [word for word, good in (("calibrated", found["calibrated"]), ("identified", found["identified"])) if good == "false"]
        return ", ".join(f"**not {word}**" for word in words) or "good"

    for role in ("answer", "parameter"):
        lines = []
        for row in rows("sn28_fit", "posterior.csv"):
            found = calibration.get((row["facts"], row["model"], row["name"]))
            if row["role"] != role or (role == "parameter" and row["facts"] != weights[0]["facts"]):
                continue
            lines.append([
                *([row["facts"]] if role == "answer" else []), row["model"], f"`{row['name']}`",
                span(row, "prior", "prior_low", "prior_high"), span(row, "posterior", "low", "high"),
                number(found["coverage"]) if found else "-", number(found["contraction"], 2) if found else "-",
                verdict(found) if found else "-",
            ])
        head = ["mechanism", role, "before", "after", "coverage", "contraction", ""]
        tables[role] = markdown(["facts", *head] if role == "answer" else head, lines)
    telling = rows("sn28_fit", "telling.csv")
    first = [r for r in telling if r["facts"] == telling[0]["facts"]][:10]
    tables["telling"] = markdown(
        ["outcome", "used", "bits near the facts", "by chance", "bits over all runs", "by chance"],
        [[f"`{r['outcome']}`", r["used"], *(number(r[c], 2) for c in ("bits_near", "by_chance_near", "bits", "by_chance"))]
         for r in first],
    )
scores = rows("sn28_scores_fit", "scores.csv")
if scores:
    models = list(dict.fromkeys(row["model"] for row in scores))
    by = {(r["facts"], r["fact"], r["model"]): r for r in scores}
    for name, of in (("scores_fitted", "fitted"), ("scores_test", "kept for the test")):
        facts = [f for f in dict.fromkeys(r["fact"] for r in scores if r["facts"] == of)]
        tables[name] = markdown(
            ["fact", "recorded", *models],
            [[f"`{f}`", number(by[of, f, models[0]]["recorded"]),
              *(f"{span(by[of, f, m], 'median', 'q05', 'q95')}, {number(by[of, f, m]['skill'], 2)}, {number(by[of, f, m]['pit'], 2)}" for m in models)]
             for f in facts],
        )
    tables["scores_together"] = markdown(
        ["facts", "mechanism", "number", "independent", "better than the opponent", "in the middle 90 %", "CRPS over the opponent's",
         "energy score", "its skill", "runs with all"],
        [[r["facts"], r["model"], r["number"], number(r["independent"], 2), r["better"], number(r["covered"], 2),
          number(r["crps_over_opponent"], 2), number(r["energy"]), number(r["energy_skill"], 2), r["complete"]]
         for r in rows("sn28_scores_fit", "together.csv")],
    )
for name in ("morris", "sobol"):
    found = rows(f"sn28_{name}_fit", "sensitivity.csv")
    if not found:
        continue
    answers = list(dict.fromkeys(r["answer"] for r in found))
    index = "mu_star" if name == "morris" else "total"
    by = {(r["answer"], r["factor"]): r for r in found if r["index"] == index}
    factors = list(dict.fromkeys(r["factor"] for r in found if r["factor"]))
    order = sorted(factors, key=lambda f: -max(float(by[a, f]["value"]) / max(float(by[a, g]["value"]) for g in factors) for a in answers if (a, f) in by))
    shown = lambda r: span(r, "value", "low", "high") if r and r["low"] else (number(r["value"]) if r else "-")
    tables[name] = markdown(["factor", *answers], [[f"`{f}`", *(shown(by.get((a, f))) for a in answers)] for f in order])

text = page.read_text()
for name, table in tables.items():
    pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
    text = re.sub(pattern, lambda found: found[1] + table + "\n" + found[2], text, flags=re.S)
page.write_text(text)
