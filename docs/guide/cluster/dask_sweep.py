"""Makes the shards of a sweep on Dask workers, and joins them.

    pip install "dask[distributed]"
    python3 docs/guide/cluster/dask_sweep.py configs/sweeps/smoke.ron --out results/smoke --shards 8
    python3 docs/guide/cluster/dask_sweep.py … --scheduler tcp://10.0.0.1:8786

Without a scheduler's address it starts workers on this machine. Workers must see the same files under the same paths, and
have the same build of dtao. A shard whose worker dies is made again by another one, from where it was; one that is complete
is skipped. So the driver itself may be stopped and started again.
"""

import argparse
import os
import subprocess
import sys
import time

from dask.distributed import Client, LocalCluster, as_completed


def make(command, folder):
    """Makes a shard; runs on a worker."""
    while True:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.strip().splitlines()[-2]
        # The process of a worker that was lost may still be at it: then its result is as good as ours.
        if "another run is writing" not in " ".join(done.stderr.split()):
            raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")
        time.sleep(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sweep", help="the sweep file")
    parser.add_argument("--out", required=True, help="the folder for shards and tables")
    parser.add_argument("--shards", type=int, required=True, help="into how many parts the sweep is cut")
    parser.add_argument("--scheduler", help="the address of a Dask scheduler")
    parser.add_argument("--dtao", default="dtao", help="the program, as workers find it")
    parser.add_argument("--jobs", type=int, default=1, help="runs at once in each shard")
    parser.add_argument("--retries", type=int, default=3, help="how often a shard that failed is tried again")
    arguments = parser.parse_args()

    cluster = arguments.scheduler or LocalCluster(threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as client:
        commands = [
            [arguments.dtao, "sweep", arguments.sweep, "--out", arguments.out, "--jobs", str(arguments.jobs)]
            + ["--shard", f"{index}/{arguments.shards}"]
            for index in range(1, arguments.shards + 1)
        ]
        futures = [
            client.submit(make, command, os.getcwd(), retries=arguments.retries, pure=False) for command in commands
        ]
        for done, future in enumerate(as_completed(futures), 1):
            print(f"{done} of {arguments.shards} shards: {future.result()}", file=sys.stderr)
    return subprocess.run([arguments.dtao, "merge", arguments.out]).returncode


if __name__ == "__main__":
    sys.exit(main())
