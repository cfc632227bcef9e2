"""Checks that a sweep's peak memory does not grow with its number of runs.

    python3 .ci/memory.py DTAO SCRATCH
"""

import os
import pathlib
import subprocess
import sys

SWEEP = """Sweep(
    about: "Many short runs.",
    scenario: "{scenario}",
    set: {{
        "blocks": 20,
        "metrics.\\"emission_shares\\".at": 5_100_019,
        "metrics.\\"sn1.price\\".at": 5_100_019,
        "metrics.\\"sn1.price.highest\\".to": 5_100_019,
        "metrics.\\"sn6.root_proportion\\".at": 5_100_019,
    }},
    seeds: (0, {seeds}),
)"""


def peak(dtao, scratch, seeds):
    """Megabytes."""
    sweep = scratch / f"{seeds}.ron"
    sweep.write_text(SWEEP.format(scenario=pathlib.Path("configs/scenarios/noise.ron").resolve(), seeds=seeds))
    command = [dtao, "sweep", str(sweep), "--jobs", "2", "--out", str(scratch / str(seeds))]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command} ended with {status}")
    return usage.ru_maxrss / 1024


def main():
    dtao, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
    few, many = (peak(dtao, scratch, seeds) for seeds in (1_000, 10_000))
    print(f"peak memory: {few:.1f} MB for 1,000 runs, {many:.1f} MB for 10,000")
    if many > 100 or many > 1.1 * few:
        sys.exit("at most 100 MB, and at most a tenth more than for 1,000 runs")


main()
