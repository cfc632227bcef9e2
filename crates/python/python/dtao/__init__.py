"""Agent-based adversarial market simulator for Bittensor's dynamic TAO.

What is run and written is what the command line `dtao` runs and writes, byte for byte. Rust owns the state and runs without the
interpreter's lock; tables go to polars, pandas, pyarrow and DuckDB by Arrow's C stream, without a copy.

>>> import dtao
>>> result = dtao.run("configs/scenarios/noise.ron", blocks=600)
>>> sorted(result.tables)
['events', 'groups', 'subnets']
>>> result.summary["last_block"]
5100599
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Union

from dtao import _dtao
from dtao._dtao import DtaoError, FolderError, InputError, RunError, Table, __version__, commit

__all__ = [
    "Comparison",
    "DtaoError",
    "FolderError",
    "InputError",
    "Result",
    "RunError",
    "Simulator",
    "Sweep",
    "Table",
    "World",
    "__version__",
    "commit",
    "compare",
    "init",
    "main",
    "run",
    "simulator",
    "sweep",
]

Path = Union[str, "os.PathLike[str]"]
Assignments = Union[Mapping[str, object], Iterable[str], None]
Progress = Union[bool, Callable[[int, int], object], None]


def _assignments(set: Assignments, blocks: int | None = None) -> list[str]:
    """Values as `PATH=VALUE`, as the command line's `--set` has them."""

    def text(value: object) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    if set is None:
        all = []
    elif isinstance(set, str):
        raise TypeError("set: expected a dict of paths and values, or a list of 'PATH=VALUE'")
    elif isinstance(set, Mapping):
        all = [f"{path}={text(value)}" for path, value in set.items()]
    else:
        all = list(set)
    return all if blocks is None else [*all, f"blocks={blocks}"]


def _seeds(seeds: int | range | tuple[int, int] | str | None) -> str | None:
    """Seeds as the command line has them: `N`, or `A..B`."""
    if isinstance(seeds, range):
        if seeds.step != 1:
            raise ValueError("seeds: expected a range without gaps")
        seeds = (seeds.start, seeds.stop)
    if isinstance(seeds, tuple):
        seeds = f"{seeds[0]}..{seeds[1]}"
    return None if seeds is None else str(seeds)


def _told(progress: Progress) -> Callable[[int, int], object] | None:
    """What is called while work goes on."""
    if progress is True:

        def line(made: int, due: int) -> None:
            part = f"{made:,} of {due:,}"
            # One line, in a notebook too.
            print(f"\r{part}", end="\n" if made == due else "", file=sys.stderr, flush=True)

        return line
    return progress or None


def _path(path: Path | None) -> str | None:
    return None if path is None else os.fspath(path)


@dataclass(frozen=True)
class Result:
    """What a run came to."""

    summary: dict[str, Any]
    """The object that `dtao run --json` prints."""
    tables: dict[str, Table] = field(repr=False)
    """The tables by name: `subnets`, `groups`, and `events` if calls are recorded."""

    @property
    def metrics(self) -> dict[str, float | None]:
        """The scenario's metrics; None where the run did not reach what one is about."""
        return self.summary["metrics"]

    @property
    def subnets(self) -> Table:
        """A row for each recorded block and subnet: `docs/guide/output.md`."""
        return self.tables["subnets"]

    @property
    def groups(self) -> Table:
        """A row for each recorded block and group of accounts."""
        return self.tables["groups"]

    @property
    def events(self) -> Table:
        """A row for each call and epoch."""
        return self.tables["events"]


@dataclass(frozen=True)
class Sweep:
    """What a sweep came to."""

    report: dict[str, Any] = field(repr=False)
    """The object that `dtao sweep --json` prints."""
    manifest: dict[str, Any] = field(repr=False)
    """All that determines the sweep."""
    tables: dict[str, Table] = field(repr=False)
    """The tables by name: `plan`, `points`, `runs`, `cells`, `failures`, and `series` or `sensitivity` where the sweep has them."""

    @property
    def runs(self) -> Table:
        """A row for each run: its point, arm and seed, its factors, its outcomes, what was drawn of priors."""
        return self.tables["runs"]

    @property
    def cells(self) -> Table:
        """A row for each point, arm and outcome: means, intervals, quantiles, differences from the first arm."""
        return self.tables["cells"]

    @property
    def failures(self) -> Table:
        """A row for each run that failed, with the command that makes it again."""
        return self.tables["failures"]


@dataclass(frozen=True)
class Comparison:
    """Rules beside each other."""

    comparison: dict[str, Any] = field(repr=False)
    """The object that `dtao compare --json` prints."""
    markdown: str = field(repr=False)
    """The table for a pull request."""
    table: Table
    """A row for each outcome; for each rule its mean, and the difference from the scenario's own."""

    @property
    def sentence(self) -> str:
        """The table in one sentence."""
        return self.comparison["sentence"]

    def _repr_markdown_(self) -> str:
        return self.markdown


def run(
    scenario: Path,
    *,
    seed: int = 1,
    set: Assignments = None,
    blocks: int | None = None,
    as_spec: int | None = None,
    audit: bool = False,
    out: Path | None = None,
    force: bool = False,
    tables: bool = True,
    progress: Progress = None,
) -> Result:
    """Runs a scenario once.

    `scenario` is a file, or the name of a shipped scenario in a folder with `configs`. `set` replaces values of it: a dict of paths
    and values, or a list of `"PATH=VALUE"`. With `out` the tables stay in that folder, as `dtao run --out` writes them; `force`
    replaces the results in it. Without `tables` none are read, and without `out` none are written, which is faster. `progress` is
    True for a line on stderr, or a function of how many blocks are made and due.

    Raises InputError with `file`, `line`, `column`, `field` and `help`, FolderError or RunError.

    >>> few = run("configs/scenarios/noise.ron", blocks=50, set={"agents.traders.count": 3}, tables=False)
    >>> few.summary["seed"], few.tables
    (1, {})
    >>> run("configs/scenarios/noise.ron", blocks="many")
    Traceback (most recent call last):
    ...
    dtao.InputError: configs/scenarios/noise.ron:19:13: blocks: expected a whole number, found `many` (from `--set blocks=many`)
    """
    summary, read = _dtao.run(
        os.fspath(scenario), seed, _assignments(set, blocks), as_spec, audit, _path(out), force, tables, _told(progress)
    )
    return Result(json.loads(summary), read)


def sweep(
    sweep: Path,
    *,
    seeds: int | range | tuple[int, int] | str | None = None,
    set: Assignments = None,
    blocks: int | None = None,
    jobs: int | None = None,
    audit: bool = False,
    out: Path | None = None,
    resume: bool = False,
    force: bool = False,
    parquet: bool = False,
    progress: Progress = None,
) -> Sweep:
    """Runs a scenario many times: the points of a sweep's file, in each arm, with each seed.

    `seeds` are how many from the file's first on, or a `range`. With `out` the tables stay in that folder, `resume` goes on with the
    same sweep there, and more seeds keep the runs that there are. The tables are the same for any number of `jobs`.

    >>> made = sweep("configs/sweeps/smoke.ron", seeds=2, blocks=30, jobs=1)
    >>> len(made.runs), made.runs.column_types[:4]
    (24, [('run', 'int'), ('point', 'int'), ('arm', 'str'), ('seed', 'int')])
    """
    report, manifest, read = _dtao.sweep(
        os.fspath(sweep),
        _seeds(seeds),
        _assignments(set, blocks),
        jobs,
        audit,
        _path(out),
        resume,
        force,
        parquet,
        _told(progress),
    )
    return Sweep(json.loads(report), json.loads(manifest), read)


def compare(
    scenario: Path,
    rules: str | Sequence[str],
    *,
    seeds: int | range | tuple[int, int] | str = 10,
    set: Assignments = None,
    blocks: int | None = None,
    outcomes: Sequence[str] = (),
    metrics: bool = False,
    attackers: Sequence[str] = (),
    flow: str | None = None,
    jobs: int | None = None,
    out: Path | None = None,
    force: bool = False,
    progress: Progress = None,
) -> Comparison:
    """Puts rules beside each other: a scenario as it is, and under each rule, seed by seed.

    `rules` are emission rules such as `"MarketCap"` and runtimes such as `"spec:257"`. `outcomes` are those to report; `metrics` adds
    the scenario's own. `attackers` are groups whose gain together is reported; `flow` is a group whose trades under the scenario's
    own rule are repeated under each.

    >>> two = compare("configs/scenarios/noise.ron", ["MarketCap"], blocks=100, seeds=2, outcomes=["emission.hhi"], jobs=1)
    >>> two.table.column_names[:3]
    ['outcome', 'kind', 'MovingPrice']
    """
    named = rules if isinstance(rules, str) else ",".join(rules)
    text, markdown, table = _dtao.compare(
        os.fspath(scenario),
        named,
        str(_seeds(seeds)),
        _assignments(set, blocks),
        list(outcomes),
        metrics,
        list(attackers),
        flow,
        jobs,
        _path(out),
        force,
        _told(progress),
    )
    return Comparison(json.loads(text), markdown, table)


class Simulator:
    """A scenario as a function for simulation-based inference: made by `simulator`."""

    def __init__(
        self,
        scenario: Path,
        priors: Mapping[str, tuple[float, float] | tuple[float, float, str]],
        outcomes: Sequence[str],
        *,
        set: Assignments = None,
        blocks: int | None = None,
        jobs: int | None = None,
    ) -> None:
        self.names = list(priors)
        self.low = [float(prior[0]) for prior in priors.values()]
        self.high = [float(prior[1]) for prior in priors.values()]
        self.outcomes = list(outcomes)
        self._jobs = jobs
        self._made = 0
        texts = [(path, prior[2] if len(prior) == 3 else "{}") for path, prior in priors.items()]
        self._simulator = _dtao.Simulator(
            os.fspath(scenario), texts, self.low, self.outcomes, _assignments(set, blocks)
        )

    def __call__(self, theta: Any, *, seeds: Sequence[int] | None = None, progress: Progress = None) -> Any:
        """Runs the scenario for each row of `theta`; returns a row of outcomes for each, NaN where one was not reached.

        `theta` is one row or many: lists, a numpy array, a torch tensor; what comes back is of its kind. Each row has a seed of its
        own, that no row before had, unless `seeds` are given.
        """
        rows = theta.tolist() if hasattr(theta, "tolist") else [list(row) if hasattr(row, "__len__") else row for row in theta]
        single = bool(rows) and not isinstance(rows[0], list)
        rows = [rows] if single else rows
        for row in rows:
            if len(row) != len(self.names):
                raise ValueError(f"theta: expected {len(self.names)} values in a row, found {len(row)}")
        if seeds is None:
            seeds = range(self._made + 1, self._made + 1 + len(rows))
            self._made += len(rows)
        if len(seeds) != len(rows):
            raise ValueError(f"seeds: expected {len(rows)}, found {len(seeds)}")
        made = self._simulator.simulate(rows, list(seeds), self._jobs, _told(progress))
        result = made[0] if single else made
        module = type(theta).__module__.partition(".")[0]
        if module == "torch":
            import torch

            return torch.tensor(result, dtype=torch.float32)
        if module == "numpy":
            import numpy

            return numpy.array(result)
        return result


def simulator(
    scenario: Path,
    priors: Mapping[str, tuple[float, float] | tuple[float, float, str]],
    outcomes: Sequence[str],
    *,
    set: Assignments = None,
    blocks: int | None = None,
    jobs: int | None = None,
) -> Simulator:
    """A scenario as a function: quantities in (`theta`), outcomes out. For sbi and its like.

    `priors` names the quantities that are unknown: a path in the scenario, with the lowest and the highest value, and the value's text
    with `{}` for the number where it has a unit: `{"agents.pumper.tao": (100, 5000, "{} TAO")}`. They bound what a prior should draw
    (`low`, `high`); which prior it is, is its user's choice. `outcomes` are metrics of the scenario.

    >>> simulate = simulator("configs/scenarios/noise.ron", {"agents.traders.strategy.buys": (0.2, 0.8)}, ["emission_shares"],
    ...                      set=["metrics.emission_shares.at=5_100_020"], blocks=50, jobs=1)
    >>> [[round(value, 6) for value in row] for row in simulate([[0.3], [0.7]])]
    [[1.0], [1.0]]
    """
    return Simulator(scenario, priors, outcomes, set=set, blocks=blocks, jobs=jobs)


class World:
    """A run that is stepped through, read, and acted in.

    Rust owns the state. Until it is acted in, it comes to what `run` comes to.

    >>> world = World("configs/scenarios/noise.ron")
    >>> world.step(5)
    >>> world.block
    5100004
    >>> world.submit("traders", 'Stake(netuid: 1, tao: "5 TAO")')
    >>> world.step()
    >>> [call["event"] for call in world.calls() if call["group"] == "traders" and call["place"] == 0]
    ['buy']
    """

    def __init__(
        self,
        scenario: Path,
        *,
        seed: int = 1,
        set: Assignments = None,
        blocks: int | None = None,
        as_spec: int | None = None,
        audit: bool = False,
    ) -> None:
        self._world = _dtao.World(os.fspath(scenario), seed, _assignments(set, blocks), as_spec, audit)

    @property
    def block(self) -> int:
        """The last block made; before the first, the one before it."""
        return self._world.block

    @property
    def left(self) -> int:
        """How many of the scenario's blocks are left. More may be made."""
        return self._world.left

    @property
    def groups(self) -> list[str]:
        """The names of the groups of accounts."""
        return self._world.groups

    def step(self, blocks: int = 1) -> None:
        """Makes blocks. A strategy in Python acts between two steps: it decides at what interval it wakes."""
        self._world.step(blocks)

    def pools(self) -> Table:
        """The pools: netuid, price and moving price in TAO per alpha, reserves and alpha outside in whole tokens."""
        return self._world.pools()

    def account(self, group: str, place: int = 0) -> tuple[float, dict[int, float]]:
        """An account's free TAO, and what it has staked by subnet, in alpha; on root (0) in TAO."""
        return self._world.account(group, place)

    def submit(self, group: str, call: str, place: int = 0) -> None:
        """Submits a call of an account for the next block, written as in a `Script`: `'Unstake(netuid: 1, alpha: "2 alpha")'`."""
        self._world.submit(group, place, call)

    def calls(self) -> list[dict[str, Any]]:
        """What became of the calls of the last block that had any: group, place, event, netuid, tao, alpha, detail."""
        return self._world.calls()

    def finish(self) -> dict[str, float | None]:
        """Ends the run, and returns its metrics."""
        return self._world.finish()


def init(folder: Path = ".") -> str:
    """Writes the shipped scenarios, sweeps and recorded data into a folder's `configs`, as `dtao init` does; returns its path."""
    return os.fspath(_dtao.init(os.fspath(folder)))


def main() -> int:
    """The command line."""
    return _dtao.command_line(["dtao", *sys.argv[1:]])
