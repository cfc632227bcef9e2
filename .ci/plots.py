"""Runs the Python examples of docs/guide/plots.md where their results are, each by itself: python .ci/plots.py FOLDER

FOLDER holds `results/february_2025` and `results/smoke`. An example fails if it ends with an error or writes no picture.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

GUIDE = Path(__file__).resolve().parent.parent / "docs/guide/plots.md"


def main(folder):
    examples = re.findall(r"^```python\n(.*?)^```", GUIDE.read_text(), re.M | re.S)
    for example in examples:
        lines = example.strip().splitlines()
        written = re.search(r'(?:savefig|to_html)\("([^"]+)"\)', example)
        if written is None or not 3 <= len(lines) <= 6:
            sys.exit(f"an example writes no picture, or is not of two to five lines after its import:\n{example}")
        picture = Path(folder) / written[1]
        picture.unlink(missing_ok=True)
        done = subprocess.run([sys.executable, "-c", example], cwd=folder, capture_output=True, text=True, env={**os.environ, "MPLBACKEND": "Agg"})
        if done.returncode != 0:
            sys.exit(f"{example}\n{done.stderr}")
        if picture.stat().st_size < 500:
            sys.exit(f"{example}\nthe picture is empty")
    print(f"{len(examples)} examples of {GUIDE.name} were run")
    if len(examples) < 15:
        sys.exit("examples are missing")


main(*sys.argv[1:])
