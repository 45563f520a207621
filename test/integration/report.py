"""Runs the unittest cases of the main module and closes with "N passed, N failed[, N skipped]"."""
import sys
import unittest

from harness import nats_server_program


def run_and_count():
    if not nats_server_program():
        print("nats-server is missing: run ./dev setup")
        print("0 passed, 1 failed")
        return 1
    return count_cases()


def count_cases():
    program = unittest.main(module="__main__", exit=False, verbosity=2, argv=sys.argv)
    result = program.result
    # A case fails once, however many of its parts (subTest) do.
    wrong = [getattr(case, "test_case", case) for case, _ in result.failures + result.errors]
    failed = len({case.id() for case in wrong})
    skipped = len(result.skipped)
    print(f"{result.testsRun - failed - skipped} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0
