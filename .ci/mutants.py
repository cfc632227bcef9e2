"""Mutation testing by sample, outside the checks: .ci/mutants.py list|run|again [--seed N] [--count N] [--out FILE]

Changes one place at a time in the rules, the books, their auditor, the statistics and the files of sweeps, and runs the
workspace's tests, those of the changed crate first. A mutant that no test catches is a missing test, or equivalent.

A comparison, arithmetic or logical operator becomes another; a `!` goes; a match guard is always or never true; a function
returns a constant at once. Comments, strings, attributes and tests are left alone. The sample depends on the seed and on
the sources only.

All mutants are built at once, in a copy under target/mutants: a function is given a mutated body beside its own, and
the environment variable MUTANT says which one runs. A `const fn` can't ask, so its mutants are built one by one. `run`
writes a row of the CSV file for each mutant and goes on where it stopped. `again` judges those once more that were missed.
"""

import argparse
import csv
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target/mutants"
# In bytes, for a test program.
MEMORY = 8 << 30

# Group, share of the sample, sources.
GROUPS = [
    ("coinbase", 10, ["protocol/src/coinbase.rs", "protocol/src/coinbase/*.rs", "protocol/src/books.rs"]),
    ("pool", 8, ["protocol/src/pool.rs", "protocol/src/pool/*.rs"]),
    ("share pool", 8, ["protocol/src/share_pool.rs"]),
    ("yuma", 22, ["protocol/src/yuma.rs", "protocol/src/yuma/**/*.rs"]),
    ("drain", 10, ["protocol/src/drain.rs", "protocol/src/drain/*.rs"]),
    ("ledger", 12, ["engine/src/ledger.rs", "engine/src/ledger/*.rs"]),
    ("audit", 10, ["engine/src/audit.rs", "engine/src/audit/*.rs"]),
    ("statistics", 10, [f"statistics/src/{name}" for name in (
        "bootstrap.rs", "interval.rs", "lib.rs", "moments.rs", "paired.rs", "scores.rs", "stopping.rs", "target.rs"
    )]),
    ("merge, resume and lock", 10, [
        f"{name}.rs" for name in (
            "sweep/src/merge", "sweep/src/folder", "sweep/src/finish", "sweep/src/rows", "sweep/src/due",
            "files/src/folder", "files/src/folder/lock", "files/src/folder/claims",
        )
    ]),
]

OPERATORS = {
    "==": ["!="], "!=": ["=="], "<=": ["<", ">"], ">=": [">", "<"], "<": ["<=", ">"], ">": [">=", "<"],
    "&&": ["||"], "||": ["&&"], "+": ["-", "*"], "-": ["+", "/"], "*": ["+", "/"], "/": ["*", "%"], "%": ["/"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="], "<<": [">>"], ">>": ["<<"], "|=": ["&="], "&=": ["|="],
    "&": ["|"], "|": ["&"],
}
# Between blanks, as rustfmt writes binary operators.
OPERATOR = re.compile(r"(?<= )(==|!=|<=|>=|&&|\|\||\+=|-=|\*=|/=|<<|>>|\|=|&=|<|>|\+|-|\*|/|%|&|\|)(?= )")
FUNCTION = re.compile(r"\bfn (\w+)[^;{}]*?\{")
CONSTANTS = {"": [""], "bool": ["true", "false"], "f64": ["0.0", "1.0"]} | {
    number: ["0", "1"] for number in ("usize", "u16", "u32", "u64", "u128", "i64", "i128")
}


@dataclass(frozen=True)
class Mutant:
    path: str
    place: str
    what: str
    start: int
    end: int
    replacement: str
    # The body of the outermost function around it, and whether that is a `const fn`.
    body: tuple
    alone: bool

    @property
    def key(self):
        return self.path, self.place, self.what


def hidden(text):
    """The text without the foot's tests, with comments, strings and attributes blanked."""
    cut = text.find("#[cfg(test)]\nmod tests")
    text = text if cut < 0 else text[:cut]
    blank = lambda match: re.sub(r"[^\n]", "\0", match.group())
    return re.sub(r'//[^\n]*|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'|#!?\[[^\]]*\]', blank, text)


def body_end(code, start):
    depth = 0
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code)


def constants(result):
    """What a function with this type of result may return at once."""
    if result in CONSTANTS:
        return CONSTANTS[result]
    if result.startswith("Option<"):
        return ["None"]
    if result.startswith("Result<()"):
        return ["Ok(())"]
    return [] if result.startswith(("impl", "&")) or result == "Self" else ["Default::default()"]


def mutants_of(path):
    text = path.read_text()
    code = hidden(text)
    functions, changes = [], []
    for match in FUNCTION.finditer(code):
        end = body_end(code, match.end() - 1)
        alone = re.search(r"\bconst $", code[: match.start()]) is not None
        functions.append(((match.end(), end), alone))
        arguments = re.sub(r"\([^()]+\)", "", match.group())
        result = arguments.rsplit("->", 1)[1].split(" where ")[0].strip(" {\n") if "->" in arguments else ""
        for value in constants(result):
            changes.append((match.end(), end, f" {value} ", f"fn {match.group(1)} -> {value or '()'}"))
    for match in OPERATOR.finditer(code):
        for other in OPERATORS[match.group()]:
            changes.append((*match.span(), other, f"`{match.group()}` -> `{other}`"))
    for match in re.finditer(r"(?<![\w!=\)\]])!(?=[\w(])", code):
        changes.append((*match.span(), "", "`!` deleted"))
    for match in re.finditer(r"(?<= if )([^{}\n]+?)(?= =>)", code):
        for value in ("true", "false"):
            changes.append((*match.span(), value, f"guard -> {value}"))
    for start, end, replacement, what in sorted(changes):
        around = [one for one in functions if one[0][0] <= start and end <= one[0][1]]
        if around:
            body, alone = min(around)
            line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
            yield Mutant(str(path.relative_to(ROOT)), f"{line}:{column}", what, start, end, replacement, body, alone)


def of_tests():
    """The files of modules that are built for tests only."""
    for path in (ROOT / "crates").glob("*/src/**/*.rs"):
        folder = path.parent if path.name == "lib.rs" else path.with_suffix("")
        for name in re.findall(r"^#\[cfg\(test\)\]\nmod (\w+);", path.read_text(), re.M):
            yield folder / f"{name}.rs"


def sources(globs):
    return sorted({path for glob in globs for path in (ROOT / "crates").glob(glob)} - set(of_tests()))


def sample(seed, count):
    """By group: how many mutants that compile are due, all there are, and candidates in a seeded order."""
    shares = sum(share for _, share, _ in GROUPS)
    drawn = {}
    for group, share, globs in GROUPS:
        listed = [mutant for path in sources(globs) for mutant in mutants_of(path)]
        due = round(share * count / shares)
        drawn[group] = due, len(listed), random.Random(f"{seed}/{group}").sample(listed, min(len(listed), 2 * due + 5))
    return drawn


def copy_sources():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in tracked.split("\n"):
        source, target = ROOT / name, COPY / name
        if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)


ASKS = """
/// Whether this mutant runs.
pub fn mutant(number: u32) -> bool {
    static CHOSEN: std::sync::LazyLock<u32> =
        std::sync::LazyLock::new(|| std::env::var("MUTANT").map_or(0, |number| number.parse().expect("a number")));
    *CHOSEN == number
}
"""


def instrument(numbered):
    """Writes every file with its mutants; by file, the lines of each mutant's body."""
    lines = {}
    by_file = {}
    for number, mutant in numbered.items():
        by_file.setdefault(mutant.path, {}).setdefault(mutant.body, []).append((number, mutant))
    paths = {str(path.relative_to(ROOT)) for _, _, globs in GROUPS for path in sources(globs)}
    roots = {"/".join(path.split("/")[:2]) + "/src/lib.rs" for path in paths}
    for path in paths | roots:
        text = (ROOT / path).read_text()
        out, at = "", 0
        for (start, end), mutants in sorted(by_file.get(path, {}).items()):
            out += text[at:start]
            body = text[start:end]
            for number, mutant in mutants:
                out += f" if crate::mutant({number}) {{"
                first = out.count("\n") + 1
                out += body[: mutant.start - start] + mutant.replacement + body[mutant.end - start:]
                lines.setdefault(path, []).append((first, out.count("\n") + 1, number))
                out += "}\nelse"
            out += f" {{{body}}} "
            at = end
        out += text[at:] + (ASKS if path in roots else "")
        if (COPY / path).read_text() != out:
            (COPY / path).write_text(out)
    return lines


ENVIRONMENT = dict(
    os.environ, CARGO_TARGET_DIR=os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")), CARGO_INCREMENTAL="1",
    CARGO_PROFILE_TEST_DEBUG="0", RUST_BACKTRACE="0", INSTA_UPDATE="no",
    # A verdict is the same each time, and depends on no other's: what one mutant failed is not tried on the next.
    PROPTEST_RNG_SEED="1", PROPTEST_DISABLE_FAILURE_PERSISTENCE="1",
)


def cargo(*arguments):
    return subprocess.run(["cargo", *arguments], cwd=COPY, env=ENVIRONMENT, capture_output=True, text=True)


def put_alone(mutant):
    """Writes a mutant that is built alone; no other is there."""
    instrument({})
    text = (ROOT / mutant.path).read_text()
    (COPY / mutant.path).write_text(text[: mutant.start] + mutant.replacement + text[mutant.end:])


def that_compile(numbered):
    """The mutants without those in whose bodies the compiler finds errors."""
    while True:
        lines = instrument(numbered)
        checked = cargo("check", "--workspace", "--message-format=short")
        if checked.returncode == 0:
            return numbered
        wrong = set()
        for path, line in re.findall(r"^(\S+?\.rs):(\d+):\d+: error", checked.stderr, re.M):
            for first, last, number in lines.get(path, []):
                if first <= int(line) <= last:
                    wrong.add(number)
        if not wrong:
            sys.exit(f"errors outside of mutants:\n{checked.stderr[-3000:]}")
        print(f"{len(wrong)} do not compile", flush=True)
        numbered = {number: mutant for number, mutant in numbered.items() if number not in wrong}


def first_that_compile(numbered, due, together, verdicts):
    """The first of each group that compile, as many as are due."""
    chosen, left = {}, dict(due)
    for number, (group, mutant) in numbered.items():
        if left[group] > 0 and (number in together or mutant.alone and compiles_alone(mutant, verdicts)):
            chosen[number] = group, mutant
            left[group] -= 1
    return chosen


def compiles_alone(mutant, verdicts):
    if verdicts.of(mutant):
        return True
    put_alone(mutant)
    return cargo("check", "-p", f"dtao-{home(mutant)}").returncode == 0


# The libraries' tests, which most mutants fail, and all tests.
LIBRARIES = ["--workspace", "--lib"]
ALL = ["--workspace", "--lib", "--bins", "--tests"]


def built(targets):
    """The test programs: name, path, folder to run it in."""
    done = cargo("test", "--no-run", "--message-format=json", *targets)
    if done.returncode != 0:
        sys.exit(f"the tests do not compile:\n{done.stderr[-3000:]}")
    programs = []
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            folder = Path(message["manifest_path"]).parent
            programs.append((f"{folder.name}/{message['target']['name']}", message["executable"], folder))
    return programs


def bounded():
    """A mutant that allocates without end fails, and leaves the memory of others alone."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def run(program, number, seconds):
    """Whether the tests of a program pass, or which one failed."""
    name, executable, folder = program
    process = subprocess.Popen(
        [executable, "--test-threads=2"], cwd=folder, env=ENVIRONMENT | {"MUTANT": str(number)}, text=True,
        start_new_session=True, preexec_fn=bounded, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
    )
    try:
        output = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"{name}: time ran out"
    if process.returncode == 0:
        return None
    failed = re.findall(r"^test (\S+) \.\.\. FAILED|^    (\S+::\S+)$", output, re.M)
    return f"{name}: " + next((test for pair in failed for test in pair if test), f"exit {process.returncode}")


ORDER = ["files", "statistics", "protocol", "engine", "metrics", "agents", "experiment", "sweep", "reproduce", "compare", "cli"]


def home(mutant):
    return mutant.path.split("/")[1]


def timed(programs):
    """How long each program takes without a mutant, in seconds."""
    seconds = {}
    for program in programs:
        begin = time.monotonic()
        failed = run(program, 0, 3600)
        seconds[program[0]] = time.monotonic() - begin
        if failed:
            sys.exit(f"fails without a mutant: {failed}")
    print({name: round(time) for name, time in seconds.items()}, flush=True)
    return seconds


def judge(mutant, number, programs, seconds):
    """The first test that fails: those of the mutant's crate come first, its library's before the others."""
    takes = lambda program: seconds.get(program[0], 60)
    rank = lambda program: (ORDER.index(program[2].name), "_" not in program[0].split("/")[1], takes(program))
    for program in sorted(programs, key=rank):
        if ORDER.index(program[2].name) >= ORDER.index(home(mutant)):
            failed = run(program, number, 10 * takes(program) + 60)
            if failed:
                return failed
    return None


def judge_together(chosen, verdicts):
    """Those that the libraries' tests miss are left to the others; how long each program takes."""
    left, seconds = dict(chosen), {}
    for targets in (LIBRARIES, ALL):
        if not left:
            break
        programs = [program for program in built(targets) if program[0] not in seconds]
        seconds |= timed(programs)
        for number, (group, mutant) in list(left.items()):
            failed = judge(mutant, number, programs, seconds)
            if failed or targets == ALL:
                verdicts.add(group, mutant, failed)
                del left[number]
    return seconds


def judge_alone(chosen, verdicts, seconds):
    for group, mutant in chosen.values():
        put_alone(mutant)
        own = ["-p", f"dtao-{home(mutant)}", "--lib"]
        failed = judge(mutant, 0, built(own), seconds) or judge(mutant, 0, built(ALL), seconds)
        verdicts.add(group, mutant, failed)


class Verdicts:
    """The CSV file: a row for each mutant that was judged."""

    HEADER = ["group", "file", "place", "mutant", "verdict", "by"]

    def __init__(self, path):
        self.path, self.rows = path, {}
        if path.exists():
            with path.open(newline="") as file:
                self.rows = {tuple(row[1:4]): row for row in list(csv.reader(file))[1:]}

    def of(self, mutant):
        return self.rows[mutant.key][4] if mutant.key in self.rows else None

    def add(self, group, mutant, failed):
        row = [group, *mutant.key, "caught" if failed else "missed", failed or ""]
        self.rows[mutant.key] = row
        part = self.path.with_name(f"{self.path.name}.part")
        with part.open("w", newline="") as file:
            csv.writer(file).writerows([self.HEADER, *self.rows.values()])
        part.replace(self.path)
        print(*row, sep="; ", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "run", "again"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100, help="mutants that compile")
    parser.add_argument("--out", type=Path, default=ROOT / "target/mutants.csv")
    arguments = parser.parse_args()
    drawn = sample(arguments.seed, arguments.count)
    if arguments.command == "list":
        for group, (due, all_there_are, candidates) in drawn.items():
            print(f"# {group}: the first {due} that compile, of {all_there_are}")
            for mutant in candidates:
                print(f"{mutant.path}:{mutant.place}: {mutant.what}")
        return
    verdicts = Verdicts(arguments.out)
    copy_sources()
    candidates = [(group, mutant) for group, (_, _, listed) in drawn.items() for mutant in listed]
    numbered = dict(enumerate(candidates, 1))
    if arguments.command == "again":
        chosen = {number: one for number, one in numbered.items() if verdicts.of(one[1]) == "missed"}
        instrument({number: mutant for number, (_, mutant) in chosen.items() if not mutant.alone})
    else:
        due = {group: due for group, (due, _, _) in drawn.items()}
        together = that_compile({number: mutant for number, (_, mutant) in numbered.items() if not mutant.alone})
        chosen = first_that_compile(numbered, due, together, verdicts)
        chosen = {number: one for number, one in chosen.items() if not verdicts.of(one[1])}
        instrument(together)
    print(f"{len(chosen)} to judge", flush=True)
    seconds = judge_together({number: one for number, one in chosen.items() if not one[1].alone}, verdicts)
    judge_alone({number: one for number, one in chosen.items() if one[1].alone}, verdicts, seconds)


if __name__ == "__main__":
    sys.exit(main())
