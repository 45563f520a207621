#!/usr/bin/env python3
"""./dev ends where a step fails, and says so: it runs here with stand-ins for every program that it calls,
which write down how they were called and fail where they are told to."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "integration"))
from report import count_cases  # noqa: E402

STAND_IN = """#!/bin/sh
called="$(basename "$0") $*"
echo "$called" >>"$CALLS"
set -f
IFS='|'
for pattern in $FAILS; do
  case "$called" in $pattern) exit 7 ;; esac
done
case "$called" in
  dpkg-query*) echo "install ok installed" ;;
  "meson setup"*) mkdir -p "$2"; touch "$2/build.ninja" ;;
esac
"""
PROGRAMS = ("meson", "ninja", "python3", "git", "dpkg-query", "apt-get", "sudo", "npm", "node", "ccache",
            "clang-format-14", "clang-tidy-14")


class DevTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="jobledger-dev-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)
        shutil.copy(ROOT / "dev", self.path / "dev")
        (self.path / "bin").mkdir()
        (self.path / "demo").mkdir()
        for program in [*(self.path / "bin" / name for name in PROGRAMS), self.path / "demo" / "run.sh"]:
            program.write_text(STAND_IN)
            program.chmod(0o755)

    def dev(self, *arguments, fails="nothing fails"):
        """(exit status, the calls): fails is a pattern of the calls that end with a failure."""
        calls = self.path / "calls"
        calls.write_text("")
        environment = {"PATH": f"{self.path / 'bin'}:/usr/bin:/bin", "HOME": str(self.path), "CALLS": str(calls),
                       "FAILS": fails, "JOBS": "1", "CC": "gcc", "CXX": "g++"}
        done = subprocess.run([str(self.path / "dev"), *arguments], env=environment, capture_output=True, text=True)
        return done.returncode, calls.read_text().splitlines()

    def called(self, calls, beginning):
        return [call for call in calls if call.startswith(beginning)]

    def test_a_test_run_checks_builds_and_tests_in_that_order(self):
        status, calls = self.dev("test")
        self.assertEqual(status, 0, calls)
        order = [calls.index(self.called(calls, step)[0])
                 for step in ("python3 test/layers.py", "meson setup", "ninja", "meson test", "python3 test/summary.py")]
        self.assertEqual(order, sorted(order))

    def test_a_step_that_fails_is_the_last(self):
        for command in (["test"], ["test", "plain"], ["test", "asan"], ["test", "tsan"], ["test", "fuzz"], ["build"],
                        ["demo"], ["bench"]):
            for step, later in (("dpkg-query*", "meson"), ("meson setup*", "ninja"), ("ninja*", "meson test")):
                with self.subTest(command=command, step=step):
                    for folder in self.path.glob("build*/"):
                        shutil.rmtree(folder)
                    # A package that is not there is installed; that fails, too.
                    fails = "dpkg-query*|*apt-get*" if step == "dpkg-query*" else step
                    status, calls = self.dev(*command, fails=fails)
                    self.assertNotEqual(status, 0, calls)
                    self.assertEqual(self.called(calls, later), [], calls)
                    self.assertEqual(self.called(calls, "run.sh"), [], calls)
                    self.assertEqual(self.called(calls, "python3 test/fuzz/run.py"), [], calls)
                    self.assertEqual(self.called(calls, "python3 bench/run.py"), [], calls)

    def test_a_source_that_is_wrong_fails_before_anything_is_built(self):
        for check in ("layers", "traps", "names"):
            status, calls = self.dev("test", fails=f"*test/{check}.py*")
            self.assertNotEqual(status, 0)
            self.assertEqual(self.called(calls, "ninja"), [])

    def test_tests_that_fail_are_counted(self):
        status, calls = self.dev("test", fails="meson test*")
        self.assertNotEqual(status, 0)
        self.assertEqual(len(self.called(calls, "python3 test/summary.py")), 1)

    def test_long_runs_every_step_and_names_those_that_failed(self):
        status, calls = self.dev("test", "long", "whole_oracle", "fuzz", fails="*build-asan*")
        self.assertNotEqual(status, 0)
        self.assertEqual(len(self.called(calls, "python3 test/fuzz/run.py")), 1, calls)
        self.assertEqual(self.dev("test", "long", "programs")[0], 0)
        self.assertNotEqual(self.dev("test", "long", "no_such_step")[0], 0)

    def test_the_demo_builds_what_it_runs(self):
        status, calls = self.dev("demo")
        self.assertEqual(status, 0, calls)
        built = self.called(calls, "ninja")[0].split()
        self.assertEqual([name for name in built if "/" in name], ["daemon/jobledgerd", "cli/jobledger"])
        self.assertEqual(len(self.called(calls, "run.sh")), 1)


if __name__ == "__main__":
    sys.exit(count_cases())
