"""Draws the run of configs/scenarios/february_2025.ron: SN28's price, reserves and shares.

    python3 docs/plot/february.py [results/february_2025] [docs/images/february_2025.png]
"""

import csv
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.dates as dates
import matplotlib.pyplot as plt

NETUID = 28
PUMP, DUMP, CHANGE = 5_003_952, 5_005_672, 4_999_835
ANCHOR = (5_000_232, datetime(2025, 2, 25, tzinfo=UTC))


def time_of(block):
    return ANCHOR[1] + timedelta(seconds=12 * (block - ANCHOR[0]))


def read(folder):
    """SN28's rows, each with its price over the sum of all prices of the block."""
    rows, sums = [], {}
    with open(Path(folder) / "subnets.csv", newline="") as file:
        for row in csv.DictReader(file):
            block = int(row["block"])
            sums[block] = sums.get(block, 0.0) + float(row["price"])
            if int(row["netuid"]) == NETUID:
                rows.append(row)
    return rows, [float(row["price"]) / sums[int(row["block"])] for row in rows]


def main(folder="results/february_2025", image="docs/images/february_2025.png"):
    rows, spot_share = read(folder)
    time = [time_of(int(row["block"])) for row in rows]
    column = lambda name: [float(row[name]) for row in rows]

    plt.rcParams.update({
        "font.size": 14, "axes.spines.top": False, "axes.spines.right": False, "axes.grid": True,
        "grid.color": "#e4e4e4", "axes.edgecolor": "#808080", "axes.axisbelow": True, "lines.linewidth": 1.8,
    })
    blue, orange, green, grey = "#1f5fa8", "#d1661f", "#2d8a57", "#404040"
    figure, panels = plt.subplots(
        3, 2, figsize=(13, 10.5), sharex="col", sharey="row", width_ratios=[1, 1], height_ratios=[1.15, 1, 1],
        layout="constrained",
    )
    figure.suptitle("Subnet 28: recorded prices in, everything else from the chain's rules", fontsize=17)

    for price, reserves, share in panels.T:
        price.plot(time, column("price"), color=blue, label="spot price (replayed)")
        price.plot(time, column("moving_price"), color=orange, label="moving price (computed)")
        price.set_yscale("log")
        price.set_ylim(8e-4, 0.25)
        reserves.plot(time, column("tao_in"), color=blue, label="tao_in")
        reserves.plot(time, column("alpha_in"), color=green, label="alpha_in")
        reserves.set_yscale("log")
        reserves.set_ylim(20, 1e6)
        share.plot(time, [100 * s for s in spot_share], color=blue, label="price over the sum of all prices")
        share.plot(time, [100 * s for s in column("emission_share")], color=orange, label="share of the emission")
        share.set_ylim(0, 6.5)
        for axis in (price, reserves, share):
            axis.axvline(time_of(CHANGE), color=grey, lw=1.4, ls=(0, (1, 2)))
            axis.axvline(time_of(PUMP), color=grey, lw=1)
            axis.axvline(time_of(DUMP), color=grey, lw=1.2, ls=(0, (5, 2)))
    price, reserves, share = panels[:, 0]
    price.set_ylabel("TAO per alpha")
    reserves.set_ylabel("tokens in the pool")
    share.set_ylabel("per cent")
    price.set_title("13 February to 14 March 2025")
    panels[0, 1].set_title("24 to 27 February")
    for axis, place in ((price, "lower left"), (reserves, "upper left"), (share, "upper right")):
        axis.legend(loc=place, framealpha=0.9, edgecolor="none", fontsize=13)

    marks = [
        (CHANGE, "coefficient\nx 100\n24 Feb 22:40", -5, "right"),
        (PUMP, "peak\n12:24", -5, "right"),
        (DUMP, "dump begins\n25 Feb 18:08", 6, "left"),
    ]
    for block, text, shift, side in marks:
        panels[0, 1].annotate(text, (time_of(block), 0.22), xytext=(shift, 0), textcoords="offset points",
                              ha=side, va="top", fontsize=13, color=grey)

    month, days = panels[2]
    month.set_xlim(datetime(2025, 2, 13, 12, tzinfo=UTC), datetime(2025, 3, 15, tzinfo=UTC))
    month.xaxis.set_major_locator(dates.WeekdayLocator(dates.MO, tz=UTC))
    month.xaxis.set_major_formatter(dates.DateFormatter("%d %b", tz=UTC))
    days.set_xlim(datetime(2025, 2, 24, 0, tzinfo=UTC), datetime(2025, 2, 27, 0, tzinfo=UTC))
    days.xaxis.set_major_locator(dates.HourLocator(range(0, 24, 12), tz=UTC))
    days.xaxis.set_major_formatter(dates.DateFormatter("%d Feb\n%H:%M", tz=UTC))
    figure.supxlabel("UTC, at 12 seconds a block; a point every 100 blocks", fontsize=13)
    Path(image).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(image, dpi=100, metadata={"Software": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
