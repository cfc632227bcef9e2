"""Writes docs/experiments/attacks/curves.csv and the tables of it in docs/experiments/attacks.md, from many searches.

    python3 docs/plot/attack_curves.py [results/attack_curves] [docs]

Each folder in results/attack_curves is that of one search, named WORLD-METHOD-SEED. A table stands between `<!-- table: NAME -->` and
`<!-- end -->`; everything else stays as it is. Intervals of a median difference are those of the sign test (Wilcoxon's order
statistics of the differences, paired by search seed), at 95 % or a little more.
"""

import csv
import math
import re
import sys
from pathlib import Path
from statistics import median

WORLDS = {"cartel": "a weight cartel below one half", "shallow": "a shallow pool at launch"}
METHODS = {"search": "the search", "hill-climbing": "hill climbing", "random": "random search"}
AT = [1_000, 2_000, 5_000, 10_000]


def number(value):
    return "" if value is None else f"{value:.6f}"


def searches(folder):
    """{(world, method, seed): ([best so far at each of AT], mean of the best on fresh seeds)}"""
    found = {}
    for path in sorted(Path(folder).iterdir()):
        match = re.fullmatch(r"(\w+)-(search|random|hill-climbing)-(\d+)", path.name)
        if not match or not (path / "curve.csv").exists():
            continue
        world, method, seed = match.groups()
        with (path / "curve.csv").open() as file:
            curve = [(int(row["evaluations"]), float(row["best"])) for row in csv.DictReader(file)]
        best = [next((value for made, value in reversed(curve) if made <= at), None) for at in AT]
        with (path / "attacks.csv").open() as file:
            means = [float(row["mean"]) for row in csv.DictReader(file) if row["mean"]]
        found[world, method, int(seed)] = best, max(means, default=0.0)
    # Only seeds that every method has searched with.
    whole = {(world, seed) for world, _, seed in found if all((world, method, seed) in found for method in METHODS)}
    return {key: value for key, value in found.items() if (key[0], key[2]) in whole}


def sign_interval(differences):
    """The median, and order statistics around it that cover it with 95 % or more."""
    ordered, count = sorted(differences), len(differences)
    below = 0
    while 2 * sum(math.comb(count, i) for i in range(below + 1)) / 2**count <= 0.05:
        below += 1
    if below == 0:
        return median(ordered), -math.inf, math.inf
    return median(ordered), ordered[below - 1], ordered[count - below]


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def curves(found):
    rows = []
    for world, title in WORLDS.items():
        for method, name in METHODS.items():
            own = [value for (of, by, _), value in sorted(found.items()) if (of, by) == (world, method)]
            cells = [title, name, str(len(own))]
            for place in range(len(AT)):
                values = sorted(best[place] for best, _ in own if best[place] is not None)
                cells.append(f"{median(values):,.2f} ({values[0]:,.2f} to {values[-1]:,.2f})" if values else "none yet")
            fresh = sorted(mean for _, mean in own)
            cells.append(f"{median(fresh):,.2f} ({fresh[0]:,.2f} to {fresh[-1]:,.2f})")
            rows.append(cells)
    return table(["world", "method", "searches", *(f"{at:,} runs" for at in AT), "on fresh seeds"], rows)


def differences(found):
    rows = []
    for world, title in WORLDS.items():
        for method in ["hill-climbing", "random"]:
            seeds = [seed for of, by, seed in found if (of, by) == (world, method) and (world, "search", seed) in found]
            more = [found[world, "search", seed][1] - found[world, method, seed][1] for seed in seeds]
            middle, low, high = sign_interval(more)
            better, worse = sum(value > 0 for value in more), sum(value < 0 for value in more)
            rows.append([
                title, METHODS[method], f"{middle:,.2f} ({low:,.2f} to {high:,.2f})", f"{better} of {len(more)}", f"{worse} of {len(more)}",
            ])
    return table(["world", "against", "the search has more, TAO", "more with", "less with"], rows)


def main():
    folder, docs = (sys.argv[1:] + ["results/attack_curves", "docs"][len(sys.argv) - 1 :])[:2]
    found = searches(folder)
    with (Path(docs) / "experiments/attacks/curves.csv").open("w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["world", "method", "seed", *(f"best_{at}" for at in AT), "fresh_mean"])
        for (world, method, seed), (best, fresh) in sorted(found.items()):
            out.writerow([world, method, seed, *map(number, best), number(fresh)])
    page = Path(docs) / "experiments/attacks.md"
    text = page.read_text()
    for name, lines in {"curves": curves(found), "differences": differences(found)}.items():
        pattern = rf"(<!-- table: {name} -->\n\n).*?(\n\n<!-- end -->)"
        text, count = re.subn(pattern, lambda match: match[1] + lines + match[2], text, flags=re.S)
        if count != 1:
            sys.exit(f"{page}: expected one table called {name}, found {count}")
    page.write_text(text)


if __name__ == "__main__":
    main()
