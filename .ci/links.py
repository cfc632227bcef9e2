"""Checks that every relative link of the project's Markdown files leads to a file."""

import re
import subprocess
import sys
from pathlib import Path

files = subprocess.run(["git", "ls-files", "*.md"], check=True, capture_output=True, text=True).stdout.split()
broken = []
for file in map(Path, files):
    text = re.sub(r"```.*?```|`[^`\n]*`", "", file.read_text(), flags=re.S)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        path = target.split("#")[0]
        if path and "://" not in path and not (file.parent / path).exists():
            broken.append(f"{file}: {target}")
for link in broken:
    print(link, file=sys.stderr)
sys.exit(1 if broken else 0)
