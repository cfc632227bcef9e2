"""Mutation testing by sample, outside the checks: python3 .ci/mutants.py list|run [--seed N] [--count N] [--out FILE]

Changes one place at a time in the rules, the books, their auditor, the statistics and the files of sweeps, and runs the
tests that .ci/run runs, those of the changed crate first. A mutant that no test catches is a missing test, or equivalent.

Mutants: a comparison, arithmetic or logical operator becomes another; a `!` goes; a match guard is always or never
true; a function returns a constant at once. Comments, strings, attributes and tests are left alone. `list` prints the
sample, which depends on the seed and on the sources only. `run` works in a copy under target/mutants, appends one row a
mutant to the CSV file, and goes on where it stopped.
"""

import argparse
import csv
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Group, share of the sample, sources.
GROUPS = [
    ("coinbase", 10, ["crates/protocol/src/coinbase.rs", "crates/protocol/src/coinbase/*.rs", "crates/protocol/src/books.rs"]),
    ("pool", 8, ["crates/protocol/src/pool.rs", "crates/protocol/src/pool/*.rs"]),
    ("share pool", 8, ["crates/protocol/src/share_pool.rs"]),
    ("yuma", 22, ["crates/protocol/src/yuma.rs", "crates/protocol/src/yuma/**/*.rs"]),
    ("drain", 10, ["crates/protocol/src/drain.rs", "crates/protocol/src/drain/*.rs"]),
    ("ledger", 12, ["crates/engine/src/ledger.rs", "crates/engine/src/ledger/*.rs"]),
    ("audit", 10, ["crates/engine/src/audit.rs", "crates/engine/src/audit/*.rs"]),
    ("statistics", 10, ["crates/experiment/src/statistics.rs", "crates/experiment/src/statistics/**/*.rs"]),
    ("merge, resume and lock", 10, [
        "crates/experiment/src/sweep/merge.rs", "crates/experiment/src/sweep/folder.rs",
        "crates/experiment/src/sweep/finish.rs", "crates/experiment/src/sweep/rows.rs",
        "crates/experiment/src/sweep/due.rs", "crates/experiment/src/lock.rs", "crates/experiment/src/folder.rs",
        "crates/experiment/src/claim.rs",
    ]),
]

OPERATORS = {
    "==": ["!="], "!=": ["=="], "<=": ["<", ">"], ">=": [">", "<"], "<": ["<=", ">"], ">": [">=", "<"],
    "&&": ["||"], "||": ["&&"], "+": ["-", "*"], "-": ["+", "/"], "*": ["+", "/"], "/": ["*", "%"], "%": ["/"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="], "<<": [">>"], ">>": ["<<"], "|=": ["&="], "&=": ["|="],
    "&": ["|"], "|": ["&"],
}
# Between blanks, as rustfmt writes binary operators; the bar and the ampersand also stand elsewhere, and do not compile.
OPERATOR = re.compile(r"(?<= )(==|!=|<=|>=|&&|\|\||\+=|-=|\*=|/=|<<|>>|\|=|&=|<|>|\+|-|\*|/|%|&|\|)(?= )")
FUNCTION = re.compile(r"\bfn (\w+)[^;{}]*?\{")
CONSTANTS = {
    "": [""], "bool": ["true", "false"], "usize": ["0", "1"], "u16": ["0", "1"], "u32": ["0", "1"],
    "u64": ["0", "1"], "u128": ["0", "1"], "i64": ["0", "1"], "i128": ["0", "1"], "f64": ["0.0", "1.0"],
}


def hidden(text):
    """The text with comments, strings and attributes blanked, and without what follows the foot's tests."""
    cut = text.find("#[cfg(test)]\nmod tests")
    text = text if cut < 0 else text[:cut]
    blank = lambda match: re.sub(r"[^\n]", "\0", match.group())
    text = re.sub(r'//[^\n]*|"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)\'|#!?\[[^\]]*\]', blank, text)
    return text


def body_end(code, start):
    depth = 0
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code)


def mutants_of(path):
    """(line and column, what, start, end, replacement) for each mutant of a file, in order."""
    text = path.read_text()
    code = hidden(text)
    place = lambda at: f"{text.count(chr(10), 0, at) + 1}:{at - text.rfind(chr(10), 0, at)}"
    found = []
    for match in OPERATOR.finditer(code):
        for other in OPERATORS[match.group()]:
            found.append((place(match.start()), f"`{match.group()}` -> `{other}`", match.start(), match.end(), other))
    for match in re.finditer(r"(?<![\w!=\)\]])!(?=[\w(])", code):
        found.append((place(match.start()), "`!` deleted", match.start(), match.end(), ""))
    for match in re.finditer(r"(?<= if )([^{}\n]+?)(?= =>)", code):
        for value in ("true", "false"):
            found.append((place(match.start()), f"guard -> {value}", match.start(), match.end(), value))
    for match in FUNCTION.finditer(code):
        head = match.group()
        result = head.rsplit("->", 1)[1].rstrip("{ \n") if "->" in head.split("\n")[-1] + head else ""
        result = result.split(" where ")[0].strip()
        end = body_end(code, match.end() - 1)
        if "const fn" in code[max(0, match.start() - 12):match.start() + 3] and result not in CONSTANTS:
            continue
        values = CONSTANTS.get(result)
        if values is None:
            if result.startswith("Option<"):
                values = ["None"]
            elif result.startswith("Result<()"):
                values = ["Ok(())"]
            elif result.startswith(("impl", "&")) or result == "Self":
                values = []
            else:
                values = ["Default::default()"]
        for value in values:
            what = f"fn {match.group(1)} -> {value or '()'}"
            found.append((place(match.start()), what, match.end(), end, f" {value} "))
    return sorted(found, key=lambda one: (one[2], one[1]))


def sample(seed, count):
    """The sample: each group's share of `count`, drawn without replacement."""
    drawn = []
    totals = {}
    for group, share, globs in GROUPS:
        files = sorted({path for glob in globs for path in ROOT.glob(glob) if path.name != "tests.rs"})
        listed = [(path.relative_to(ROOT), *mutant) for path in files for mutant in mutants_of(path)]
        totals[group] = len(listed)
        shuffled = random.Random(f"{seed}/{group}").sample(listed, len(listed))
        drawn.append((group, share, shuffled))
    return drawn, totals


# The tests of the changed crate, then those of the crates above it, as .ci/run runs them all.
TESTS = {
    "crates/protocol": [["-p", "dtao-protocol", "--lib", "--tests"], ["-p", "dtao-engine"], ["-p", "dtao-metrics", "-p", "dtao-agents"], ["-p", "dtao-experiment"]],
    "crates/engine": [["-p", "dtao-engine"], ["-p", "dtao-metrics", "-p", "dtao-agents"], ["-p", "dtao-experiment"]],
    "crates/experiment": [["-p", "dtao-experiment", "--lib", "MODULE"], ["-p", "dtao-experiment"], ["-p", "dtao"]],
}


def cargo(copy, arguments, seconds):
    environment = dict(os.environ, CARGO_INCREMENTAL="1", CARGO_PROFILE_TEST_DEBUG="0", CARGO_TERM_COLOR="never", RUST_BACKTRACE="0")
    process = subprocess.Popen(
        ["cargo", "test", "--quiet", *arguments], cwd=copy, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )
    try:
        output = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return "caught", "time ran out"
    if process.returncode == 0:
        return "missed", ""
    if re.search(r"^error(\[E\d+\])?: ", output, re.M) and "test failed" not in output:
        return "does not compile", ""
    failed = re.findall(r"^test (\S+) \.\.\. FAILED|^---- (\S+) stdout", output, re.M)
    return "caught", next((name for pair in failed for name in pair if name), "")


def judge(copy, path, mutant, seconds):
    _, what, start, end, replacement = mutant
    source = copy / path
    text = source.read_text()
    source.write_text(text[:start] + replacement + text[end:])
    try:
        crate = "/".join(path.parts[:2])
        module = path.parts[3].removesuffix(".rs") if len(path.parts) > 3 else ""
        for arguments in TESTS[crate]:
            arguments = [module if argument == "MODULE" else argument for argument in arguments]
            verdict, by = cargo(copy, arguments, seconds)
            if verdict != "missed":
                return verdict, by
        return "missed", ""
    finally:
        source.write_text(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "run"])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100, help="mutants that compile")
    parser.add_argument("--seconds", type=int, default=1800, help="time for one run of tests")
    parser.add_argument("--out", type=Path, default=ROOT / "target/mutants.csv")
    parser.add_argument("--group", help="only this group")
    arguments = parser.parse_args()
    drawn, totals = sample(arguments.seed, arguments.count)
    shares = sum(share for _, share, _ in drawn)
    if arguments.command == "list":
        for group, share, shuffled in drawn:
            print(f"# {group}: {totals[group]} mutants")
            for path, place, what, *_ in shuffled[: round(share * arguments.count / shares) * 3 // 2]:
                print(f"{path}:{place}: {what}")
        return
    copy = ROOT / "target/mutants"
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout.split()
    for name in tracked:
        source, target = ROOT / name, copy / name
        if source.is_file() and not (target.is_file() and target.read_bytes() == source.read_bytes()):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            shutil.copymode(source, target)
    known = {}
    if arguments.out.exists():
        with arguments.out.open(newline="") as file:
            known = {(row["file"], row["place"], row["mutant"]): row["verdict"] for row in csv.DictReader(file)}
    for group, share, shuffled in drawn:
        if arguments.group not in (None, group):
            continue
        due = round(share * arguments.count / shares)
        for path, *mutant in shuffled:
            if due == 0:
                break
            key = (str(path), mutant[0], mutant[1])
            if key not in known:
                verdict, by = judge(copy, path, mutant, arguments.seconds)
                new = not arguments.out.exists()
                with arguments.out.open("a", newline="") as file:
                    rows = csv.writer(file)
                    if new:
                        rows.writerow(["group", "file", "place", "mutant", "verdict", "by"])
                    rows.writerow([group, path, mutant[0], mutant[1], verdict, by])
                print(group, *key, verdict, by, flush=True)
                known[key] = verdict
            due -= known[key] != "does not compile"


if __name__ == "__main__":
    sys.exit(main())
