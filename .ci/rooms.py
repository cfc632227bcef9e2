"""Checks the rooms of every crate: no circle among modules, and no source file above 450 lines.

A module and what lies in its folder are one room: there, a type and the files that hold its methods use each other. Between
rooms that stand side by side, at every level, uses point one way. What a module merely passes on with `pub use` counts as a
use of the module that defines it. Tests are left out, at the foot of a file or in a module of their own.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Lines of a source file, tests at its foot aside.
MOST = 450
USE = re.compile(r"^[ \t]*(pub(?:\([^)]*\))? )?use ([\w:*]+(?:::\{[^;$]+\}|(?: as \w+)?)|\{[^;$]+\});", re.M)
PATH = re.compile(r"(?<![\w:$])(?:crate|super|self)(?:::\w+)+")


def without_tests(text):
    """The text up to its tests; modules of tests in other files are not sources."""
    cut = re.search(r"^#\[cfg\(test\)\]\n(?:#.*\n)*(?:pub(?:\(\w+\))? )?mod \w+ \{", text, re.M)
    return text if cut is None else text[: cut.start()]


def code(text):
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    return re.sub(r'//[^\n]*|"(?:[^"\\]|\\.)*"', blank, without_tests(text))


def leaves(tree, before=()):
    """The paths of a `use`, each with the name that it gets."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    if not brace:
        path, _, name = tree.partition(" as ")
        parts = [*before, *path.strip().split("::")]
        if parts[-1] == "self":
            parts.pop()
        yield tuple(parts), name.strip() or parts[-1]
        return
    before = (*before, *(part for part in head.strip().split("::") if part))
    depth, start, inner = 0, 0, rest[: rest.rindex("}")]
    for at, character in enumerate(inner + ","):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if character == "," and depth == 0:
            if inner[start:at].strip():
                yield from leaves(inner[start:at], before)
            start = at + 1


class Crate:
    def __init__(self, source):
        self.files, tests = {}, set()
        for path in sorted(source.rglob("*.rs")):
            parts = path.relative_to(source).with_suffix("").parts
            module = () if parts in (("lib",), ("main",)) else parts
            self.files[module] = path
            tests |= {(*module, name) for name in re.findall(r"^#\[cfg\(test\)\]\n(?:pub(?:\(\w+\))? )?mod (\w+);", path.read_text(), re.M)}
        for module in [module for module in self.files if any(module[: len(test)] == test for test in tests)]:
            del self.files[module]
        self.code = {module: code(path.read_text()) for module, path in self.files.items()}
        # What a module passes on, by name; and the modules of which it passes on everything.
        self.passed = {module: {} for module in self.files}
        self.imported = {module: {} for module in self.files}
        for module, text in self.code.items():
            for public, tree in USE.findall(text):
                for path, name in leaves(tree):
                    self.imported[module][name] = path
                    if public:
                        self.passed[module][name] = path

    def home(self, module, path, seen=()):
        """The module that a path leads to, from within a module; none if it leads out of the crate."""
        at, rest = module, list(path)
        if rest[0] == "crate":
            at, rest = (), rest[1:]
        elif rest[0] in ("self", "super"):
            while rest and rest[0] in ("self", "super"):
                if rest.pop(0) == "super":
                    at = at[:-1]
        elif (*module, rest[0]) not in self.files:
            if rest[0] in self.imported[module] and self.imported[module][rest[0]] != tuple(path) and (module, rest[0]) not in seen:
                return self.home(module, (*self.imported[module][rest[0]], *rest[1:]), (*seen, (module, rest[0])))
            return None
        while rest and (*at, rest[0]) in self.files:
            at, rest = (*at, rest[0]), rest[1:]
        if rest and rest[0] in self.passed[at] and (at, rest[0]) not in seen:
            return self.home(at, (*self.passed[at][rest[0]], *rest[1:]), (*seen, (at, rest[0])))
        return at

    def uses(self):
        """Pairs of modules of which the first uses the second."""
        found = set()
        for module, text in self.code.items():
            paths = [path for _, tree in USE.findall(text) for path, _ in leaves(tree)]
            paths += [tuple(path.split("::")) for path in PATH.findall(USE.sub("", text))]
            found |= {(module, home) for path in paths if (home := self.home(module, path)) is not None}
        return sorted(found)

    def circles(self):
        """Rooms side by side that use each other in a circle, each with the uses among them."""
        levels = {}
        for one, other in self.uses():
            shared = 0
            while shared < min(len(one), len(other)) and one[shared] == other[shared]:
                shared += 1
            if shared < min(len(one), len(other)):
                among = levels.setdefault(one[:shared], {})
                among.setdefault((one[: shared + 1], other[: shared + 1]), []).append((one, other))
        for _, among in sorted(levels.items()):
            reached = {room: {room} for pair in among for room in pair}
            grown = True
            while grown:
                before = sum(map(len, reached.values()))
                for one, other in among:
                    reached[one] |= reached[other]
                grown = sum(map(len, reached.values())) > before
            circles = {frozenset(other for other in reached if one in reached[other] and other in reached[one]) for one in reached}
            for circle in sorted((circle for circle in circles if len(circle) > 1), key=sorted):
                inside = {pair: uses for pair, uses in among.items() if set(pair) <= circle}
                yield sorted(circle), inside


wrong = 0
for source in sorted([*ROOT.glob("crates/*/src"), ROOT / "agents/src"]):
    crate = Crate(source)
    for rooms, inside in crate.circles():
        wrong += 1
        print(f"{source.relative_to(ROOT)}: a circle: {', '.join('::'.join(room) for room in rooms)}", file=sys.stderr)
        for pair, uses in sorted(inside.items()):
            uses = [f"{'::'.join(one)} -> {'::'.join(other)}" for one, other in uses]
            print(f"    {'; '.join(uses)}", file=sys.stderr)
    for path in crate.files.values():
        lines = without_tests(path.read_text()).count("\n")
        if lines > MOST:
            wrong += 1
            print(f"{path.relative_to(ROOT)}: {lines} lines: at most {MOST}", file=sys.stderr)
sys.exit(1 if wrong else 0)
