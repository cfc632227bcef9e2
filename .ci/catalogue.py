"""Writes docs/guide/catalogue.md: every agent and metric with its parameters, as their files describe them.

    python3 .ci/catalogue.py            writes it
    python3 .ci/catalogue.py --check    fails if it is not up to date
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/guide/catalogue.md"
HEAD = """# Agents and metrics

Every strategy that a group of agents may follow and every metric that a run may report, each with its parameters. Written by
`python3 .ci/catalogue.py` from the files that define them; the checks fail if it is not up to date. `dtao list agents` and `dtao list
metrics` print the first lines.

How a scenario uses them: [scenarios](scenarios.md), [agents](agents.md).
"""


def listed(lib):
    """Names and modules of a catalogue, in its order."""
    block = re.search(r"^catalogue! \{\n(.*?)^\}", lib.read_text(), re.M | re.S)[1]
    return re.findall(r"^ +(\w+): (\w+),$", block, re.M)


def about(text):
    """The line that `dtao list` prints."""
    return re.search(r'(?:const ABOUT: &str =|validates!\(\w+,)\s*"((?:[^"\\]|\\.)*)"', text, re.S)[1].replace('\\"', '"')


def sentence(lines):
    """Lines of documentation as one, without links to code."""
    text = " ".join(line.strip() for line in lines)
    text = re.sub(r"\[(`[^`]*`)\](?:\([^)]*\))?", r"\1", text)
    return text.replace("|", "\\|")


def fields(text, name):
    """The public fields of a structure, or the variants of an enumeration: name, type, documentation."""
    body = re.search(rf"^pub (?:struct|enum) {name}(?:<\w+>)? \{{\n(.*?)^\}}", text, re.M | re.S)
    found, doc, skipped = [], [], False
    for line in body[1].splitlines() if body else []:
        line = line.strip()
        if line.startswith("///"):
            doc.append(line[3:])
        elif line.startswith("#["):
            skipped = skipped or "serde(skip" in line and "skip_serializing_if" not in line
        elif field := re.match(r"(?:pub )?(\w+): (.+),$", line) or re.match(r"([A-Z]\w*)(?:\((.+)\))?(?:,| \{)$", line):
            if not skipped:
                found.append((field[1], field[2] or "", sentence(doc)))
            doc, skipped = [], False
        elif line:
            doc, skipped = [], False
    return found


def table(rows):
    head = "\n| name | type | meaning |\n|---|---|---|\n"
    return head + "".join(f"| `{name}` | {f'`{kind}`' if kind else ''} | {doc} |\n" for name, kind, doc in rows)


def values(folder, rows, known):
    """The tables of the structures and enumerations of a folder that rows name, and those that these name."""
    for kind in re.findall(r"\b[A-Z]\w+", " ".join(kind for _, kind, _ in rows)):
        if kind in known:
            continue
        for path in sorted(folder.rglob("*.rs")):
            inner = fields(path.read_text(), kind)
            if inner:
                known[kind] = table(inner)
                values(folder, inner, known)
                break


def section(title, folder):
    page, known = [f"\n## {title}\n"], {}
    for name, module in listed(folder / "lib.rs"):
        path = folder / f"{module}.rs"
        text = path.read_text()
        page.append(f"\n### {name}\n\n{about(text)} ([source](../../{path.relative_to(ROOT)}))\n")
        parameters = fields(text, name)
        if not parameters:
            sys.exit(f"{path}: no parameters of {name} were found")
        page.append(table(parameters))
        values(folder, parameters, known)
    page.append(f"\n## Values of {title.lower()}\n")
    page += [f"\n### `{name}`\n{rows}" for name, rows in sorted(known.items())]
    return "".join(page)


def main():
    text = HEAD + section("Agents", ROOT / "agents/src") + section("Metrics", ROOT / "crates/metrics/src")
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text)
    elif not PAGE.exists() or PAGE.read_text() != text:
        sys.exit(f"{PAGE.relative_to(ROOT)} is not up to date: run python3 .ci/catalogue.py")


if __name__ == "__main__":
    main()
