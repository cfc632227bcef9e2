"""Draws SN28's price on 25 and 26 February 2025 beside what each mechanism makes of it.

    python3 docs/plot/sn28.py [target/release/dtao] [docs/images/sn28.png]

Runs 40 seeds of each mechanism; takes about two minutes.
"""

import csv
import gzip
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as dates
import matplotlib.pyplot as plt

MECHANISMS = {
    "sn28": "M1: holders leave when the income stops",
    "sn28_stops": "M2: only the pumper reads the income",
    "sn28_clock": "M3: nobody intervenes",
    "sn28_older": "M4: as M1, with an older holder",
    "sn28_older_clock": "M5: as M3, with an older holder",
}
SEEDS = range(40)
FIRST, LAST, EPOCH = 5_000_232, 5_014_632, 5_005_596


def time_of(block):
    return datetime(2025, 2, 25, tzinfo=UTC) + timedelta(seconds=12 * (block - FIRST))


def path(dtao, scenario, seed):
    with tempfile.TemporaryDirectory() as folder:
        command = [dtao, "run", f"configs/scenarios/{scenario}.ron", "--seed", str(seed), "--blocks", str(LAST - FIRST + 1)]
        command += ["--set", "record.every=30", "--set", "record.calls=Nothing", "--out", folder, "--force"]
        subprocess.run(command, check=True, capture_output=True)
        with open(Path(folder) / "subnets.csv", newline="") as file:
            return {int(row["block"]): float(row["price"]) for row in csv.DictReader(file)}


def main():
    dtao = sys.argv[1] if len(sys.argv) > 1 else "target/release/dtao"
    image = sys.argv[2] if len(sys.argv) > 2 else "docs/images/sn28.png"
    with gzip.open("configs/market/two_minutes_2025-02-20_26.csv.gz", "rt", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["28"] and FIRST <= int(row["block"]) <= LAST]
    real = [(time_of(int(row["block"])), float(row["28"])) for row in rows]

    figure, axes = plt.subplots(2, 3, figsize=(12, 6.6), sharey=True)
    axes = axes.flat
    axes[-1].set_visible(False)
    for axis, (scenario, title) in zip(axes, MECHANISMS.items()):
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda seed: path(dtao, scenario, seed), SEEDS))
        blocks = sorted(runs[0])
        times = [time_of(block) for block in blocks]
        quantiles = []
        for part in (0.05, 0.5, 0.95):
            quantiles.append([sorted(run[block] for run in runs)[round(part * (len(runs) - 1))] for block in blocks])
        axis.fill_between(times, quantiles[0], quantiles[2], color="#c6d9ec", lw=0, label="5 to 95 % of 40 seeds")
        axis.plot(times, quantiles[1], color="#2b6ca3", lw=1.2, label="median")
        axis.plot(*zip(*real), color="black", lw=0.8, label="recorded")
        axis.axvline(time_of(EPOCH), color="#b03030", lw=0.8, ls=":")
        axis.set_title(title, fontsize=9)
        axis.set_yscale("log")
        axis.xaxis.set_major_locator(dates.HourLocator(byhour=(0, 12)))
        axis.xaxis.set_major_formatter(dates.DateFormatter("%d Feb\n%H:%M"))
        axis.tick_params(labelsize=8)
        axis.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("TAO per alpha", fontsize=8)
    axes[0].text(time_of(EPOCH), 0.0023, " epoch 17:52", fontsize=7, color="#b03030")
    axes[2].legend(frameon=False, fontsize=7, loc="upper right")
    figure.tight_layout()
    figure.savefig(image, dpi=110)


if __name__ == "__main__":
    main()
