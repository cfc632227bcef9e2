"""Checks the Dask driver: a scheduler and two workers, one of which is killed in the middle of a shard.

    python3 .ci/cluster.py DTAO SCRATCH

The merged files must have the bytes of a sweep that was made here in one go.
"""

import filecmp
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

SWEEP = "configs/sweeps/smoke.ron"
# Long enough for a worker to be killed in the middle of a shard.
LONGER = pathlib.Path("configs/sweeps/smoke.ron").read_text().replace("seeds: (0, 20)", "seeds: (0, 1500)")
SHARDS = 4


def main():
    dtao, scratch = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
    sweep = scratch / "longer.ron"
    scenario = pathlib.Path("configs/scenarios/noise.ron").resolve()
    sweep.write_text(LONGER.replace("../scenarios/noise.ron", str(scenario)))
    subprocess.run([dtao, "sweep", sweep, "--out", scratch / "local"], check=True, stdout=subprocess.DEVNULL)

    file = scratch / "scheduler.json"
    options = ["--scheduler-file", str(file), "--no-dashboard"]
    log = (scratch / "dask.log").open("w")
    def start(*command):
        # A session of its own: it is killed with all that it has started.
        return subprocess.Popen([sys.executable, "-m", "distributed.cli." + command[0], *command[1:]],
                                stdout=log, stderr=log, start_new_session=True)
    everything = [start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", *options)]
    try:
        address = wait(lambda: announced(file), "the scheduler")
        workers = [start("dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard") for _ in "12"]
        everything += workers
        driver = subprocess.Popen([sys.executable, "docs/guide/cluster/dask_sweep.py", str(sweep), "--dtao", dtao,
                                   "--out", str(scratch / "out"), "--shards", str(SHARDS), "--scheduler", address])
        everything.append(driver)
        victim = workers[0]
        shard = wait(lambda: busy(victim, scratch / "out"), "a shard in the middle")
        os.killpg(victim.pid, signal.SIGKILL)
        if (shard / "rows").exists():
            sys.exit("the shard was complete before its worker was killed: make the sweep longer")
        print(f"killed a worker and its program, {shard.name} half made")
        if driver.wait() != 0:
            sys.exit(f"the driver ended with {driver.returncode}")
    finally:
        for process in everything:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL) if process in everything[:3] else process.kill()
    names = sorted(path.name for path in (scratch / "local").iterdir())
    for name in names:
        if not filecmp.cmp(scratch / "local" / name, scratch / "out" / name, shallow=False):
            sys.exit(f"{name} differs")
    print(f"same bytes: {', '.join(names)}")


def announced(file):
    """The scheduler's address, once its file is there and whole: it is not written at once."""
    try:
        return json.loads(file.read_text())["address"]
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def busy(worker, out):
    """The folder of the shard that the worker's program is making, once it has some rows."""
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            session = int((process / "stat").read_text().rsplit(")", 1)[1].split()[3])
            command = (process / "cmdline").read_text().split("\0")
        except (OSError, IndexError):
            continue
        if session == worker.pid and "--shard" in command:
            index, of = command[command.index("--shard") + 1].split("/")
            shard = out / f"shard-{index}-of-{of}"
            parts = list((shard / "parts").glob("*.rows"))
            if sum(part.stat().st_size for part in parts) > 20_000:
                return shard
    return None


def wait(ready, what):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        found = ready()
        if found:
            return found
        time.sleep(0.01)
    sys.exit(f"two minutes went by without {what}")


main()
