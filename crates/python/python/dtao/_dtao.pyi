"""The native part. Use the functions of `dtao`, which say what the arguments mean."""

from collections.abc import Callable
from typing import Any, final

__version__: str
commit: str

_Progress = Callable[[int, int], object] | None

class DtaoError(Exception): ...

class InputError(DtaoError):
    file: str | None
    line: int | None
    column: int | None
    field: str | None
    assignment: str | None
    help: str | None

class FolderError(DtaoError): ...
class RunError(DtaoError): ...

@final
class Table:
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    @property
    def column_names(self) -> list[str]: ...
    @property
    def column_types(self) -> list[tuple[str, str]]: ...
    def __len__(self) -> int: ...
    def to_polars(self) -> Any: ...
    def to_arrow(self) -> Any: ...
    def to_pandas(self) -> Any: ...

@final
class Simulator:
    def __new__(
        cls, scenario: str, quantities: list[tuple[str, str]], first: list[float], outcomes: list[str], set: list[str]
    ) -> Simulator: ...
    def simulate(
        self, theta: list[list[float]], seeds: list[int], jobs: int | None, progress: _Progress
    ) -> list[list[float]]: ...

@final
class World:
    def __new__(cls, scenario: str, seed: int, set: list[str], as_spec: int | None, audit: bool) -> World: ...
    @property
    def block(self) -> int: ...
    @property
    def left(self) -> int: ...
    @property
    def groups(self) -> list[str]: ...
    def step(self, blocks: int) -> None: ...
    def pools(self) -> Table: ...
    def account(self, group: str, place: int) -> tuple[float, dict[int, float]]: ...
    def submit(self, group: str, place: int, call: str) -> None: ...
    def calls(self) -> list[dict[str, Any]]: ...
    def finish(self) -> dict[str, float | None]: ...

def init(folder: str) -> Any: ...
def command_line(words: list[str]) -> int: ...
def run(
    scenario: str,
    seed: int,
    set: list[str],
    as_spec: int | None,
    audit: bool,
    out: str | None,
    force: bool,
    tables: bool,
    progress: _Progress,
) -> tuple[str, dict[str, Table]]: ...
def sweep(
    sweep: str,
    seeds: str | None,
    set: list[str],
    jobs: int | None,
    audit: bool,
    out: str | None,
    resume: bool,
    force: bool,
    parquet: bool,
    progress: _Progress,
) -> tuple[str, str, dict[str, Table]]: ...
def compare(
    scenario: str,
    rules: str,
    seeds: str,
    set: list[str],
    outcomes: list[str],
    metrics: bool,
    attackers: list[str],
    flow: str | None,
    jobs: int | None,
    out: str | None,
    force: bool,
    progress: _Progress,
) -> tuple[str, str, Table]: ...
