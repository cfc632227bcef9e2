"""Checks the Python module where its wheel is installed, from the project's folder: python .ci/wheel.py DTAO SCRATCH

DTAO is the program that was built from the same sources. What both make must be the same, byte by byte.
"""

import doctest
import pathlib
import resource
import subprocess
import sys
import threading
import time

import dtao

NOISE = "configs/scenarios/noise.ron"


def command(*words):
    """Runs a command, and returns what it prints and how long it takes."""
    begun = time.perf_counter()
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{words} ended with {done.returncode}:\n{done.stderr}")
    return done.stdout, time.perf_counter() - begun


def same(one, other):
    """All files of two folders of results are the same."""
    names = [sorted(path.name for path in folder.iterdir()) for folder in (one, other)]
    assert names[0] == names[1], names
    for name in names[0]:
        assert (one / name).read_bytes() == (other / name).read_bytes(), f"{one / name} and {other / name} differ"


def bytes_of_the_command_line(program, scratch):
    command(program, "run", NOISE, "--seed", 7, "--out", scratch / "run-a")
    result = dtao.run(NOISE, seed=7, out=scratch / "run-b")
    same(scratch / "run-a", scratch / "run-b")
    command(program, "sweep", "configs/sweeps/smoke.ron", "--seeds", 3, "--blocks", 300, "--out", scratch / "sweep-a")
    sweep = dtao.sweep("configs/sweeps/smoke.ron", seeds=3, blocks=300, out=scratch / "sweep-b")
    same(scratch / "sweep-a", scratch / "sweep-b")
    rules = ["MarketCap", "SpotPrice"]
    command(program, "compare", NOISE, "--rules", ",".join(rules), "--blocks", 200, "--seeds", 3, "--out", scratch / "compare-a")
    dtao.compare(NOISE, rules, blocks=200, seeds=3, out=scratch / "compare-b")
    same(scratch / "compare-a", scratch / "compare-b")
    return result, sweep


def columns_are_what_the_sweep_says(scratch):
    """Factors with a unit, and names that are those of other tables' columns."""
    scenario = pathlib.Path(NOISE).resolve()
    file = scratch / "named.ron"
    file.write_text(f"""Sweep(about: "x", scenario: "{scenario}", seeds: (0, 2), names: {{"kind": "agents.traders.tao"}},
        set: {{"blocks": 300, "metrics.rank": "SubnetValue(netuid: 1, of: Price, at: 5_100_299)"}},
        design: Grid({{"kind": ["\\"50 TAO\\"", "\\"100 TAO\\""]}}), outcomes: ["rank"])""")
    sweep = dtao.sweep(file, jobs=1)
    types = dict(sweep.runs.column_types)
    assert (types["kind"], types["rank"], types["seed"], types["arm"]) == ("float", "float", "int", "str"), types
    assert dict(sweep.tables["points"].column_types)["kind"] == "str"
    assert sorted(set(sweep.runs.to_polars()["kind"])) == [50.0, 100.0]


def tables(result, sweep):
    import duckdb
    import pandas
    import polars
    import pyarrow

    subnets = result.subnets
    rows = len(subnets)
    frame = polars.DataFrame(subnets)
    assert frame.height == rows and frame["price"].dtype == polars.Float64 and frame["block"].dtype == polars.Int64
    assert pyarrow.table(subnets).num_rows == rows
    assert len(subnets.to_pandas()) == rows and isinstance(subnets.to_pandas(), pandas.DataFrame)
    arrow = subnets.to_arrow()
    assert arrow.num_rows == rows and duckdb.sql("SELECT count(*) FROM subnets").fetchall() == [(rows,)]
    runs = sweep.runs.to_polars()
    assert runs.height == sweep.report["runs"] and runs["arm"].dtype == polars.String
    written = polars.read_csv(pathlib.Path(sys.argv[2]) / "sweep-a" / "runs.csv")
    assert runs.columns == written.columns and runs.sum().select("seed").item() == written.sum().select("seed").item()


def errors():
    try:
        dtao.run(NOISE, set={"blocks": "many"})
    except dtao.InputError as error:
        assert error.file == NOISE and error.line > 1 and error.field == "blocks", vars(error)
        assert error.assignment == "blocks=many"
    else:
        sys.exit("a wrong value was taken")


def a_thread_goes_on_meanwhile():
    counted = 0
    running = True

    def count():
        nonlocal counted
        while running:
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    told = []
    begun = time.perf_counter()
    dtao.run(NOISE, set=["blocks=100_000"], tables=False, progress=lambda made, due: told.append((made, due)))
    seconds = time.perf_counter() - begun
    running = False
    thread.join()
    print(f"while a run of {seconds:.2f} s went on, another thread counted to {counted}; told {len(told)} times")
    assert counted > 100 * seconds, "the interpreter's lock was held"
    return seconds


def as_fast_as_the_command_line(program):
    words = (program, "run", NOISE, "--blocks", 100_000)
    native = min(command(*words)[1] for _ in range(3))
    python = []
    for _ in range(3):
        begun = time.perf_counter()
        dtao.run(NOISE, blocks=100_000, tables=False)
        python.append(time.perf_counter() - begun)
    print(f"100,000 blocks: {native:.3f} s on the command line, {min(python):.3f} s in Python")
    assert min(python) < 1.25 * native, "Python is slower by more than a quarter"


def memory_stays():
    """Kilobytes of the peak after 200 runs and after 1,000."""
    simulate = dtao.simulator(NOISE, {"agents.traders.strategy.buys": (0.2, 0.8)}, ["emission_shares"], blocks=30, jobs=2)

    def runs(count):
        for _ in range(count // 2):
            dtao.run(NOISE, blocks=30, tables=False)
            simulate([[0.5]])
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    few, many = runs(200), runs(800)
    print(f"peak memory: {few / 1024:.1f} MB after 200 runs, {many / 1024:.1f} MB after 1,000")
    assert many < few + 4096, "memory grows"


def world_and_simulator():
    world = dtao.World(NOISE, seed=7)
    world.step(3_000)
    assert world.left == 0
    assert world.finish() == dtao.run(NOISE, seed=7, tables=False).metrics
    simulate = dtao.simulator(NOISE, {"agents.traders.strategy.buys": (0.2, 0.8)}, ["sn1.price"])
    import numpy

    outcomes = simulate(numpy.array([[0.3], [0.8]]), seeds=[1, 1])
    assert outcomes.shape == (2, 1) and outcomes[0, 0] < outcomes[1, 0], outcomes
    again = simulate([[0.8]], seeds=[1])
    assert again[0][0] == outcomes[1, 0]


def main():
    program, scratch = sys.argv[1], pathlib.Path(sys.argv[2])
    scratch.mkdir(parents=True)
    script = pathlib.Path(sys.executable).parent / "dtao"
    assert command(script, "--version")[0] == command(program, "--version")[0]
    assert command(script, "check", NOISE)[0] == command(program, "check", NOISE)[0]
    result, sweep = bytes_of_the_command_line(program, scratch)
    tables(result, sweep)
    columns_are_what_the_sweep_says(scratch)
    errors()
    world_and_simulator()
    a_thread_goes_on_meanwhile()
    as_fast_as_the_command_line(program)
    memory_stays()
    failed, tried = doctest.testmod(dtao)
    print(f"{tried - failed} of {tried} examples of the module's documentation came out")
    if failed or tried < 15:
        sys.exit("an example came out differently, or there are too few")
    size = sum(path.stat().st_size for path in pathlib.Path(dtao.__file__).parent.iterdir() if path.is_file())
    print(f"dtao {dtao.__version__} in Python {sys.version.split()[0]}: {size / 2**20:.1f} MB installed")


if __name__ == "__main__":
    main()
