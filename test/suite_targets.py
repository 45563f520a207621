#!/usr/bin/env python3
"""Prints the build targets that the tests of one suite need, for ninja.

usage: test/suite_targets.py BUILD SUITE
"""
import json
import os
import subprocess
import sys


def introspect(folder, what):
    return json.loads(subprocess.check_output(["meson", "introspect", folder, what]))


def main():
    folder, suite = sys.argv[1:]
    needed = {target for test in introspect(folder, "--tests")
              if suite in (name.split(":")[-1] for name in test["suite"]) for target in test["depends"]}
    for target in introspect(folder, "--targets"):
        if target["id"] in needed:
            print(os.path.relpath(target["filename"][0], folder))


if __name__ == "__main__":
    main()
