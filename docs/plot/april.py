"""Writes the tables of docs/experiments/april_2026.md anew, from two runs.

    python3 docs/plot/april.py [results/april_2026] [results/april_2026_equal] [docs/experiments/april_2026.md]

A table stands between `<!-- table: NAME -->` and `<!-- end -->`; everything else stays as it is.
"""

import csv
import json
import re
import sys
from pathlib import Path

OWNER = 11_796 / 65_535
FIRST = 7_940_672
DAY = 7_200


def rows(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def table(header, lines):
    align = ["---"] + ["---:"] * (len(header) - 1)
    return "\n".join("| " + " | ".join(line) + " |" for line in [header, align, *lines])


def quantile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(part * len(values)))]


def paid(first, recorded):
    """What miners and validators were paid in a day, at the price: recorded and by the run's first block."""
    lines = []
    for row in first:
        kept = float(row["alpha_out_emission"]) * (1 - OWNER) * (1 - float(row["root_proportion"] or 0) / 2)
        run = DAY * kept * float(row["price"])
        lines.append((int(row["netuid"]), recorded[row["netuid"]], run))
    return lines


def error_table(lines):
    emitting = [(netuid, there, here) for netuid, there, here in lines if here > 0]
    errors = sorted(((there / here - 1, netuid, there, here) for netuid, there, here in emitting), key=lambda e: -abs(e[0]))
    sizes = [abs(error[0]) for error in errors]
    summary = table(
        ["", "median", "90 %", "95 %", "largest but one", "largest"],
        [["error of a subnet"] + [f"{x:.1e}" for x in (quantile(sizes, 0.5), quantile(sizes, 0.9), quantile(sizes, 0.95), sizes[1], sizes[0])]],
    )
    worst = table(
        ["netuid", "recorded, TAO a day", "the run, TAO a day", "error"],
        [[str(netuid), f"{there:.4f}", f"{here:.4f}", f"{error:+.1e}"] for error, netuid, there, here in errors[:6]],
    )
    whole = f"Together {sum(there for _, there, _ in lines):,.1f} TAO a day were recorded, and the run pays {sum(here for _, _, here in lines):,.1f}."
    return f"{summary}\n\n{worst}\n\n{whole}"


def share_table(by_price, equal):
    first = {row["netuid"]: row for row in equal}
    started = [row for row in by_price if float(row["alpha_out_emission"]) > 0]
    whole = sum(float(row["price"]) for row in started)
    started.sort(key=lambda row: -float(row["moving_price"]))
    chosen = started[:8] + [started[len(started) // 2], started[-1]]
    lines = [
        [
            row["netuid"],
            f"{100 * float(row['price']) / whole:.3f} %",
            f"{100 * float(row['emission_share']):.3f} %",
            f"{100 * float(first[row['netuid']]['emission_share']):.3f} %",
        ]
        for row in chosen
    ]
    return table(["netuid", "share of all prices", "by moving price", "equal"], lines)


def outcome_table(folders):
    names = {
        "root_proportion.median": "root proportion of the median subnet, at the start",
        "root_proportion.median.end": "after 30 days",
        "sum_of_prices": "sum of prices, of all 128, TAO",
        "sum_of_prices.end": "after 30 days",
        "tao_in_pools": "TAO in pools",
        "tao_in_pools.end": "after 30 days",
        "emission_shares.gini": "Gini coefficient of the shares",
        "emission_shares.gini.end": "after 30 days",
    }
    summaries = [json.loads((folder / "summary.json").read_text()) for folder in folders]
    lines = []
    for name, words in names.items():
        values = [summary["metrics"][name] for summary in summaries]
        lines.append([words] + [f"{value:,.0f}" if value > 1000 else f"{value:.4f}" for value in values])
    for words, of in [
        ("blocks after which every rao was accounted for", lambda s: s["audit"]["blocks"]),
        ("buys", lambda s: s["calls"]["bought"]),
        ("sales", lambda s: s["calls"]["sold"]),
    ]:
        lines.append([words] + [f"{of(summary):,}" for summary in summaries])
    return table(["", "by moving price", "equal"], lines)


def impact_table(first):
    moves = []
    for row in first:
        if float(row["alpha_out_emission"]) > 0:
            price, tao, alpha = (float(row[name]) for name in ("price", "tao_in", "alpha_in"))
            in_play = min(tao, alpha * price)
            moves.append((1 + 100 * (1 - 33 / 65_535) / in_play) ** 2 - 1)
    parts = [f"{100 * quantile(moves, part):.2f} %" for part in (0.05, 0.25, 0.5, 0.75, 0.95)]
    return table(["", "5 %", "quartile", "median", "quartile", "95 %"], [["+100 TAO move the price by", *parts]])


def main(folder, equal, page):
    first = [row for row in rows(folder / "subnets.csv") if int(row["block"]) == FIRST]
    other = [row for row in rows(equal / "subnets.csv") if int(row["block"]) == FIRST]
    recorded = {row["netuid"]: float(row["paid"]) for row in rows(Path("configs/market/paid_2026-04-11.csv"))}
    tables = {
        "paid": error_table(paid(first, recorded)),
        "shares": share_table(first, other),
        "impact": impact_table(first),
        "outcomes": outcome_table([folder, equal]),
    }
    text = page.read_text()
    for name, made in tables.items():
        pattern = rf"(<!-- table: {name} -->\n).*?(<!-- end -->)"
        text, count = re.subn(pattern, lambda found: f"{found[1]}\n{made}\n\n{found[2]}", text, flags=re.S)
        assert count == 1, f"the page has no table {name}"
    page.write_text(text)


if __name__ == "__main__":
    defaults = ["results/april_2026", "results/april_2026_equal", "docs/experiments/april_2026.md"]
    main(*(Path(argument) for argument in (sys.argv[1:] + defaults[len(sys.argv) - 1 :])))
