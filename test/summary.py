#!/usr/bin/env python3
"""Counts test cases in meson's test log: "N passed, N failed[, N skipped]".

A doctest binary reports its cases, other tests print a closing line "N passed, N failed"; a test
without either counts as one. A test that died counts as one failure at least.
"""
import argparse
import json
import re
import sys

DOCTEST = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def count(test):
    """(passed, failed, skipped) of one entry of the log."""
    output = ESCAPES.sub("", (test.get("stdout") or "") + "\n" + (test.get("stderr") or ""))
    if test["result"] == "SKIP":
        return 0, 0, 1
    found = DOCTEST.findall(output)
    if found:
        passed, failed, skipped = (int(n) for n in found[-1][1:])
    else:
        found = PLAIN.findall(output)
        if found:
            passed, failed, skipped = (int(n or 0) for n in found[-1])
        else:
            passed, failed, skipped = (1, 0, 0) if test["result"] == "OK" else (0, 1, 0)
    if test["result"] not in ("OK", "EXPECTEDFAIL") and failed == 0:
        failed = 1
    return passed, failed, skipped


def line(total):
    text = f"{total[0]} passed, {total[1]} failed"
    return text + (f", {total[2]} skipped" if total[2] else "")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", nargs="?", help="meson's testlog.json")
    parser.add_argument("--add", metavar="FILE", help="append the counts to this file")
    parser.add_argument("--total", metavar="FILE", help="print the sum of such a file")
    arguments = parser.parse_args()
    if arguments.total:
        try:
            rows = [[int(n) for n in row.split()] for row in open(arguments.total)]
        except OSError:
            rows = []
        if not rows:
            print("0 passed, 1 failed")
            return 1
        total = [sum(column) for column in zip(*rows)]
        print(line(total))
        return 1 if total[1] else 0
    total = [0, 0, 0]
    with open(arguments.log) as log:
        for entry in log:
            test = json.loads(entry)
            counted = count(test)
            total = [a + b for a, b in zip(total, counted)]
            if counted[1]:
                print(f"FAILED: {test['name']}")
    if arguments.add:
        with open(arguments.add, "a") as out:
            out.write(" ".join(map(str, total)) + "\n")
    print(line(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
