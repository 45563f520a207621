#!/usr/bin/env python3
"""Counts test cases in meson's test log: "N passed, N failed[, N skipped]".

A doctest binary reports its cases, other tests print a closing line "N passed, N failed"; a test
without either counts as one. A test that died counts as one failure at least. What failed is kept
beside the counts of --add, and told by --total before the sum.
"""
import argparse
import json
import re
import sys

DOCTEST = re.compile(r"test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$", re.M)
TOLD_LINES = 60  # of a failed test's output
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def output_of(test):
    return ESCAPES.sub("", (test.get("stdout") or "") + "\n" + (test.get("stderr") or ""))


def count(test):
    """(passed, failed, skipped) of one entry of the log."""
    output = output_of(test)
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


def failures_beside(counts):
    return counts + ".failed"


def add(counts, total, failed):
    """Keeps (passed, failed, skipped) of a run, and the lines that tell what failed."""
    with open(counts, "a") as out:
        out.write(" ".join(map(str, total)) + "\n")
    if failed:
        with open(failures_beside(counts), "a") as out:
            out.write("\n".join(failed) + "\n")


def tell_total(counts):
    """Prints what failed in all runs, then their sum; the exit status."""
    try:
        with open(failures_beside(counts)) as failures:
            print(failures.read(), end="")
    except OSError:
        pass  # nothing failed
    try:
        with open(counts) as rows:
            rows = [[int(n) for n in row.split()] for row in rows]
    except OSError:
        rows = []
    total = [sum(column) for column in zip(*rows)] if rows else [0, 1, 0]
    print(line(total))
    return 1 if total[1] else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log", nargs="?", help="meson's testlog.json")
    parser.add_argument("--add", metavar="FILE", help="append the counts to this file")
    parser.add_argument("--total", metavar="FILE", help="print the sum of such a file")
    arguments = parser.parse_args()
    if arguments.total:
        return tell_total(arguments.total)
    total = [0, 0, 0]
    failed = []
    with open(arguments.log) as log:
        for entry in log:
            test = json.loads(entry)
            counted = count(test)
            total = [a + b for a, b in zip(total, counted)]
            if counted[1]:
                told = f"FAILED: {test['name']}"
                print(told)
                failed += [told] + output_of(test).splitlines()[-TOLD_LINES:]
    if arguments.add:
        add(arguments.add, total, failed)
    print(line(total))
    return 1 if total[1] else 0


if __name__ == "__main__":
    sys.exit(main())
