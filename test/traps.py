#!/usr/bin/env python3
"""Greps for the traps that compilers of Debian 12 do not see (docs/traps.md has the reasons)."""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

SIMPLE = [
    (r"\bdetached\b", r"^(?!test/).*\.cc$", "no detached coroutines: use TaskGroup::spawn"),
    (r"co_await[^;\n]*\?[^;\n]*:", r"\.cc$", "no co_await inside ?:"),
    (r"#include <boost/(asio|beast)\.hpp>", r"\.(h|cc)$", "include the single header you need"),
    (r"\[[^\]]*\b(this|&|=)[^\]]*\]\s*\([^)]*\)\s*(mutable\s*)?->\s*Task<", r"\.(h|cc)$",
     "no capturing lambda coroutines"),
    (r"\bTODO\b(?!\(#\d+\))", r"\.(h|cc|py)$", "TODO only with an issue number: TODO(#7)"),
    (r"sleep_for\(", r"^(?!bench/).*\.cc$", "no sleeping: wait for the event"),
]
LOG_CALL = re.compile(r'\bLOG\(\s*\w+\s*,\s*"[^"]*"\s*,\s*((?:"(?:[^"\\]|\\.)*"\s*)+)(,|\))', re.S)


def arguments_from(text, start):
    """How many arguments stand between `start` and the parenthesis that closes the call it is in;
    commas in strings and inner brackets do not count."""
    depth, commas, i = 1, 0, start
    while i < len(text):
        c = text[i]
        if c == '"':
            i += 1
            while i < len(text) and text[i] != '"':
                i += 2 if text[i] == "\\" else 1
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
            if depth == 0:
                break
        elif c == "," and depth == 1:
            commas += 1
        i += 1
    return commas + 1


def surplus_arguments(text):
    """fmt ignores surplus arguments: the number of {} must equal the number of values."""
    for match in LOG_CALL.finditer(text):
        wanted = len(re.findall(r"\{[^{}]*\}", match.group(1).replace("{{", "").replace("}}", "")))
        given = arguments_from(text, match.end()) if match.group(2) == "," else 0
        if wanted != given:
            yield text.count("\n", 0, match.start()) + 1, f"{wanted} places, {given} values in LOG"


def main():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.h", "*.cc", "*.py"],
        cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    found = 0
    for name in listed:
        path = ROOT / name
        if not path.is_file() or name == "test/traps.py":
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        problems = [(text.count("\n", 0, m.start()) + 1, why)
                    for pattern, files, why in SIMPLE if re.search(files, name)
                    for m in re.finditer(pattern, text)]
        problems += list(surplus_arguments(text))
        for line, why in problems:
            print(f"{name}:{line}: {why}")
        found += len(problems)
    print(f"traps: {len(listed)} files, {found} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
