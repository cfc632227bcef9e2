"""Mutation testing by sample, outside the checks: .ci/mutants.py list|run [--seed N] [--count N] [--out FILE]

Changes one place at a time in the rules, the books, their auditor, the statistics and the files of sweeps, and runs the
workspace's tests, those of the changed crate first. A mutant that no test catches is a missing test, or equivalent.

A comparison, arithmetic or logical operator becomes another; a `!` goes; a match guard is always or never true; a function
returns a constant at once. Comments, strings, attributes and tests are left alone. The sample depends on the seed and on
the sources only.

All mutants are built at once, in a copy under target/mutants: a function is given a mutated body beside its own, and
the environment variable MUTANT says which one runs. A `const fn` can't ask, so its mutants are built one by one. `run`
appends a row to the CSV file for each mutant and goes on where it stopped.
"""

import argparse
import csv
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COPY = ROOT / "target/mutants"

# Group, share of the sample, sources.
GROUPS = [
    ("coinbase", 10, ["protocol/src/coinbase.rs", "protocol/src/coinbase/*.rs", "protocol/src/books.rs"]),
    ("pool", 8, ["protocol/src/pool.rs", "protocol/src/pool/*.rs"]),
    ("share pool", 8, ["protocol/src/share_pool.rs"]),
    ("yuma", 22, ["protocol/src/yuma.rs", "protocol/src/yuma/**/*.rs"]),
    ("drain", 10, ["protocol/src/drain.rs", "protocol/src/drain/*.rs"]),
    ("ledger", 12, ["engine/src/ledger.rs", "engine/src/ledger/*.rs"]),
    ("audit", 10, ["engine/src/audit.rs", "engine/src/audit/*.rs"]),
    ("statistics", 10, ["experiment/src/statistics.rs", "experiment/src/statistics/**/*.rs"]),
    ("merge, resume and lock", 10, [
        f"experiment/src/{name}.rs" for name in
        ("sweep/merge", "sweep/folder", "sweep/finish", "sweep/rows", "sweep/due", "folder", "folder/lock", "folder/claims")
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
        arguments = re.sub(r"\([^()]*\)", "", match.group())
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


def sources(globs):
    return sorted({path for glob in globs for path in (ROOT / "crates").glob(glob) if path.name != "tests.rs"})


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
    for path in paths | {"crates/protocol/src/lib.rs"}:
        text = (ROOT / path).read_text()
        out, at = "", 0
        for (start, end), mutants in sorted(by_file.get(path, {}).items()):
            out += text[at:start]
            body = text[start:end]
            ask = "crate::mutant" if "crates/protocol" in path else "dtao_protocol::mutant"
            for number, mutant in mutants:
                out += f" if {ask}({number}) {{"
                first = out.count("\n") + 1
                out += body[: mutant.start - start] + mutant.replacement + body[mutant.end - start:]
                lines.setdefault(path, []).append((first, out.count("\n") + 1, number))
                out += "}\nelse"
            out += f" {{{body}}} "
            at = end
        out += text[at:] + (ASKS if path == "crates/protocol/src/lib.rs" else "")
        if (COPY / path).read_text() != out:
            (COPY / path).write_text(out)
    return lines


ENVIRONMENT = dict(
    os.environ, CARGO_TARGET_DIR=os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target")), CARGO_INCREMENTAL="1", RUST_BACKTRACE="0", INSTA_UPDATE="no",
    CARGO_PROFILE_TEST_DEBUG="0",
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


def build(packages=()):
    """The test programs: name, path, folder to run it in."""
    chosen = [argument for package in packages for argument in ("-p", package)] or ["--workspace"]
    built = cargo("test", "--no-run", "--lib", "--bins", "--tests", "--message-format=json", *chosen)
    if built.returncode != 0:
        return None
    programs = []
    for line in built.stdout.splitlines():
        message = json.loads(line)
        if message.get("executable") and message["profile"]["test"]:
            folder = Path(message["manifest_path"]).parent
            programs.append((f"{folder.name}/{message['target']['name']}", message["executable"], folder))
    return programs


def run(program, number, seconds):
    """Whether the tests of a program pass, or which one failed."""
    name, executable, folder = program
    process = subprocess.Popen(
        [executable, "--test-threads=2"], cwd=folder, env=ENVIRONMENT | {"MUTANT": str(number)}, text=True,
        start_new_session=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, errors="replace",
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


ORDER = ["protocol", "engine", "metrics", "agents", "experiment", "cli"]


def judge(mutant, number, programs, seconds):
    """The first test that fails: those of the mutant's crate come first, its library's before the others."""
    home = ORDER.index(mutant.path.split("/")[1])
    rank = lambda program: (ORDER.index(program[2].name), "_" not in program[0].split("/")[1], seconds[program[0]])
    for program in sorted(programs, key=rank):
        if ORDER.index(program[2].name) >= home:
            failed = run(program, number, 10 * seconds[program[0]] + 60)
            if failed:
                return "caught", failed
    return "missed", ""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "run"])
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
    known = {}
    if arguments.out.exists():
        with arguments.out.open(newline="") as file:
            known = {(row["file"], row["place"], row["mutant"]): row["verdict"] for row in csv.DictReader(file)}

    def tell(group, mutant, verdict, by):
        new = not arguments.out.exists()
        with arguments.out.open("a", newline="") as file:
            rows = csv.writer(file)
            if new:
                rows.writerow(["group", "file", "place", "mutant", "verdict", "by"])
            rows.writerow([group, *mutant.key, verdict, by])
        print(group, *mutant.key, verdict, by, sep="; ", flush=True)
        known[mutant.key] = verdict

    copy_sources()
    candidates = [(group, mutant) for group, (_, _, listed) in drawn.items() for mutant in listed]
    numbered = {number: mutant for number, (_, mutant) in enumerate(candidates, 1)}
    together = that_compile({number: mutant for number, mutant in numbered.items() if not mutant.alone})
    chosen = []
    for group, (due, _, listed) in drawn.items():
        for number, (of, mutant) in enumerate(candidates, 1):
            if of != group or due == 0:
                continue
            if mutant.alone:
                put_alone(mutant)
                if mutant.key not in known and cargo("check", "--workspace").returncode != 0:
                    continue
            elif number not in together:
                continue
            chosen.append((group, number, mutant))
            due -= 1
    print(f"{len(chosen)} chosen", flush=True)

    instrument(together)
    programs = build()
    seconds = {}
    for program in programs:
        begin = time.monotonic()
        failed = run(program, 0, 3600)
        seconds[program[0]] = time.monotonic() - begin
        if failed:
            sys.exit(f"fails without a mutant: {failed}")
    print({name: round(time) for name, time in seconds.items()}, flush=True)
    for group, number, mutant in chosen:
        if not mutant.alone and mutant.key not in known:
            tell(group, mutant, *judge(mutant, number, programs, seconds))
    for group, number, mutant in chosen:
        if mutant.alone and mutant.key not in known:
            put_alone(mutant)
            verdict = judge(mutant, 0, build(["dtao-protocol"]), seconds)
            if verdict[0] == "missed":
                verdict = judge(mutant, 0, build(), seconds)
            tell(group, mutant, *verdict)


if __name__ == "__main__":
    sys.exit(main())
