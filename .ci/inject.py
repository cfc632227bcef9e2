"""Makes system calls fail, or kills the program at them, one after the other, and looks at what is left.

    python3 .ci/inject.py DTAO SCRATCH [SCENE]...

Needs Linux and strace (5.3 or later). It is not part of the checks: it makes some thousand processes, which takes some ten
minutes where SCRATCH is in memory (`/dev/shm`), and far longer on a disk, since everything is synced. For each scene, each
kind of call and each N, the N-th call of every thread fails, with each of a few errors, or is the program's last. Then

- the exit code is 0, 2 (an input or folder could not be read, or was refused) or 3 (the run failed), or the signal's;
- with 0 the result has the bytes of an undisturbed run;
- otherwise an earlier result is as it was, or a whole new one is being moved in, which the next process goes on with;
- the command that goes on (`--resume`; for a run and a merge, the same again) ends with 0 and the bytes of an undisturbed run.

Last, an undisturbed trace of each scene is read: what is renamed was synced, and its folder is, before anything is removed.
"""

import collections
import json
import pathlib
import re
import shutil
import subprocess
import sys

ERRORS = {
    "openat": ["EMFILE", "EACCES"],
    "read": ["EIO"],
    "write": ["ENOSPC", "EIO"],
    "fsync": ["EIO"],
    "rename": ["EACCES"],
    "unlink": ["EACCES"],
    "unlinkat": ["EACCES"],
    "rmdir": ["EACCES"],
    "mkdir": ["ENOSPC"],
    "getdents64": ["EIO"],
    "statx": ["EACCES"],
    "flock": ["ENOLCK"],
    "ftruncate": ["EIO"],
}
KILLED = -9

SCENARIO = """Scenario(
    about: "A small one.",
    protocol: Launch(spec: 246),
    start: Genesis(block: 5_100_000, root_stake: "1_000_000 TAO", subnets: "subnets.csv", holder: "holder",
        last_registration: (cost: "100 TAO", block: 5_000_000)),
    blocks: 20,
    agents: [
        (name: "holder", count: 1, tao: "0 TAO", strategy: Script(calls: [])),
        (name: "traders", count: 3, tao: "100 TAO", strategy: Noise(
            netuids: [1], trades_per_day: 720.0, buys: 0.6, median_size: "1 TAO", size_deviation: 1.6)),
    ],
    record: (every: 10, subnets: All, agents: Groups, calls: All),
    metrics: {"price": SubnetValue(netuid: 1, of: Price, at: 5_100_019)},
    expect: [],
)"""
SWEEP = """Sweep(about: "A small one.", scenario: "SCENARIO", design: Grid({"agents.traders.count": [3, 9]}),
    arms: {"baseline": {}, "rich": {"agents.traders.tao": "500 TAO"}}, seeds: (0, 3))"""


class Scene:
    """A command, the folder that it begins with, and the command that goes on."""

    def __init__(self, name, command, goes_on, start, old=None):
        self.name, self.command, self.goes_on, self.start, self.old = name, command, goes_on, start, old


def run(dtao, folder, command, strace=()):
    done = subprocess.run([*strace, dtao, *command], cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def tree(folder):
    """Every file of a result; what is under way is not part of it."""
    if not folder.is_dir():
        return {}
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    def of_work(name):
        return "parts" in name.parts or name.name == ".lock" or name.name.endswith(".dtao-part")
    return {str(name): (folder / name).read_bytes() for name in names if not of_work(name)}


def is_moving(folder):
    """Whether a whole result waits to be moved in."""
    manifests = [folder / "parts/manifest.json", *folder.glob("*/*/parts/manifest.json"), *folder.glob("*/parts/manifest.json")]
    return any(path.is_file() and json.loads(path.read_text() or "{}").get("complete") for path in manifests)


def prepare(dtao, scratch):
    """All scenes, each with a folder to begin with."""
    base = scratch / "base"
    shutil.rmtree(base, ignore_errors=True)
    (base / "configs/scenarios").mkdir(parents=True)
    (base / "configs/sweeps").mkdir()
    (base / "subnets.csv").write_text("netuid,moving_price,registered_at\n1,0.6,0\n2,0.4,0\n")
    (base / "small.ron").write_text(SCENARIO)
    (base / "sweep.ron").write_text(SWEEP.replace("SCENARIO", "small.ron"))
    # An experiment with the shipped one's names.
    shutil.copy(base / "subnets.csv", base / "configs/scenarios")
    for name in ["sn28.ron", "sn28_stops.ron", "sn28_clock.ron", "sn28_older.ron", "sn28_older_clock.ron"]:
        (base / "configs/scenarios" / name).write_text(SCENARIO)
    for name in ["sn28.ron", "sn28_alone.ron", "sn28_rescue.ron", "sn28_attack.ron", "sn28_ablations.ron"]:
        (base / "configs/sweeps" / name).write_text(SWEEP.replace("SCENARIO", "../scenarios/sn28.ron"))

    def start(name, *commands, strace=()):
        folder = scratch / f"start-{name}"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(base, folder)
        for command in commands:
            run(dtao, folder, command, strace)
        return folder

    one = ["--jobs", "1", "--out", "out"]
    sweep = ["sweep", "sweep.ron", *one]
    other = ["sweep", "sweep.ron", "--seeds", "0..2", *one]
    shard = lambda index: ["sweep", "sweep.ron", *one, "--shard", f"{index}/2"]
    reproduce = ["reproduce", "sn28", "--seeds", "2", *one]
    kill = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write", "-e", "inject=write:signal=KILL:when=12"]
    fresh, begun = start("fresh"), start("begun", sweep, strace=kill)
    if not list((begun / "out/parts").glob("*.rows")):
        sys.exit("the sweep to go on with has no rows: change when it is killed")
    shards = start("shards", shard(1), shard(2))
    return [
        Scene("sweep", sweep, [*sweep, "--resume"], fresh),
        Scene("sweep resumed", [*sweep, "--resume"], [*sweep, "--resume"], begun),
        Scene("sweep forced", [*sweep, "--force"], [*sweep, "--force"], start("old", other), old="out"),
        Scene("shard", shard(2), shard(2), start("first", shard(1))),
        Scene("merge", ["merge", "out", "--out", "m"], ["merge", "out", "--out", "m"], shards),
        Scene("merge beside", ["merge", "out"], ["merge", "out"], shards),
        Scene("run", ["run", "small.ron", "--out", "out"], ["run", "small.ron", "--out", "out", "--force"], fresh),
        Scene("run forced", ["run", "small.ron", "--out", "out", "--force"],
              ["run", "small.ron", "--out", "out", "--force"],
              start("earlier", ["run", "small.ron", "--seed", "7", "--out", "out"]), old="out"),
        Scene("reproduce", reproduce, [*reproduce, "--resume"], fresh),
    ]


def disturb(dtao, scratch, scene, counts):
    """All errors and kills of a scene; returns what went wrong."""
    wrong = []
    work = scratch / "work"
    def begin():
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(scene.start, work, symlinks=True)
    begin()
    code, text = run(dtao, work, scene.command)
    if code != 0:
        sys.exit(f"{scene.name} ends with {code} undisturbed:\n{text}")
    expected = tree(work)
    old = tree(scene.start / scene.old) if scene.old else None
    log = scratch / "strace.log"
    for call, errors in ERRORS.items():
        for what in [*(f"error={error}" for error in errors), "signal=KILL"]:
            n = 0
            while True:
                n += 1
                begin()
                # The filter spares stops at other calls, but with it strace sends no signals.
                fast = [] if what == "signal=KILL" else ["--seccomp-bpf"]
                strace = ["strace", "-f", *fast, "-qq", "-o", str(log), "-e", f"trace={call}",
                          "-e", f"inject={call}:{what}:when={n}"]
                code, text = run(dtao, work, scene.command, strace)
                injected = "INJECTED" in log.read_text(errors="replace") or code == KILLED
                if not injected:
                    break
                if "error while loading shared libraries" in text:
                    counts[scene.name, "loader"] += 1
                    continue
                counts[scene.name, code] += 1
                say = lambda problem: wrong.append(f"{scene.name}, {call} {n} {what}: exit {code}: {problem}\n{text[-300:]}")
                if code not in ([KILLED] if what == "signal=KILL" else [0, 2, 3]):
                    say("not an exit code that is documented")
                if code == 0 and tree(work) != expected:
                    say("other bytes")
                if code != 0 and old is not None and not is_moving(work / scene.old):
                    if tree(work / scene.old) not in (old, {name.removeprefix(scene.old + "/"): text for name, text in expected.items() if name.startswith(scene.old + "/")}):
                        say("the earlier result is gone")
                again, text = run(dtao, work, scene.goes_on)
                if again != 0:
                    say(f"going on ends with {again}")
                elif tree(work) != expected:
                    now = tree(work)
                    say(f"other bytes after going on: {sorted(name for name in expected.keys() | now.keys() if expected.get(name) != now.get(name))}")
    return wrong


def order(dtao, scratch, scene):
    """Whether an undisturbed run syncs what it renames, and its folder, before it removes anything."""
    work, log = scratch / "work", scratch / "strace.log"
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(scene.start, work, symlinks=True)
    run(dtao, work, scene.command, ["strace", "-f", "-y", "-qq", "-s", "512", "-o", str(log), "-e",
                                    "trace=write,fsync,rename,renameat,renameat2,unlink,unlinkat"])
    wrong, unsynced, renamed, renames = [], set(), set(), 0
    plain = lambda path: str((work / path).resolve().parent / pathlib.Path(path).name)
    for line in log.read_text(errors="replace").splitlines():
        line = line.split(" ", 1)[1].strip()
        if found := re.match(r"write\(\d+<([^>]*)>", line):
            unsynced.add(found[1])
        elif found := re.match(r"fsync\(\d+<([^>]*)>", line):
            unsynced.discard(found[1])
            renamed.discard(found[1])
        elif found := re.match(r'rename\w*\((?:AT_FDCWD[^,]*, )?"([^"]*)", (?:AT_FDCWD[^,]*, )?"([^"]*)"', line):
            renames += 1
            source, target = plain(found[1]), plain(found[2])
            if source in unsynced:
                wrong.append(f"{scene.name}: renamed before it was synced: {source}")
            renamed.add(str(pathlib.Path(target).parent))
        elif found := re.match(r'unlink\w*\((?:[^"]*)"([^"]*\.rows)"', line):
            if renamed:
                wrong.append(f"{scene.name}: {found[1]} is removed before {', '.join(renamed)} is synced")
    if renamed:
        wrong.append(f"{scene.name}: never synced: {', '.join(renamed)}")
    if renames == 0:
        wrong.append(f"{scene.name}: nothing was renamed")
    return wrong, renames


def main():
    dtao, scratch = str(pathlib.Path(sys.argv[1]).resolve()), pathlib.Path(sys.argv[2]).resolve()
    scratch.mkdir(parents=True, exist_ok=True)
    scenes = [scene for scene in prepare(dtao, scratch) if not sys.argv[3:] or scene.name in sys.argv[3:]]
    all_wrong = []
    for scene in scenes:
        counts = collections.Counter()
        wrong = disturb(dtao, scratch, scene, counts)
        more, renames = order(dtao, scratch, scene)
        wrong += more
        codes = ", ".join(f"{code}: {count}" for (_, code), count in sorted(counts.items(), key=str))
        print(f"{scene.name}: {sum(counts.values())} disturbed (exit {codes}), {renames} renames in order, {len(wrong)} wrong", flush=True)
        all_wrong += wrong
        for problem in wrong[:20]:
            print("  " + problem.replace("\n", "\n    "), flush=True)
    if all_wrong:
        sys.exit(f"{len(all_wrong)} wrong")


main()
