#!/usr/bin/env python3
"""Runs every libFuzzer target of a build for some seconds, from its corpus.

What a target finds on its way stays below the build folder; an input that breaks it is named at
the end: minimise it (PROGRAM --target=X -minimize_crash=1 -runs=100000 FILE), fix the fault, and add it
to test/fuzz/corpus/X/ under a name that says what it is.
"""
import argparse
import concurrent.futures
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
import summary  # noqa: E402


def corpus_of(name):
    """test/fuzz/corpus/NAME, or of a subproject: fuzz_P_NAME is subprojects/P/fuzz/corpus/NAME."""
    project, _, rest = name.partition("_")
    for folder in (HERE / "corpus" / name, HERE.parent.parent / "subprojects" / project / "fuzz" / "corpus" / rest):
        if folder.is_dir() and any(folder.iterdir()):
            return folder
    return None


def targets_of(program):
    """[(name, command)]: ours hold several targets, those of a subproject one."""
    if program.parent.name != HERE.name or program.parent.parent.name != HERE.parent.name:
        return [(program.name.removeprefix("fuzz_"), [str(program)])]
    listed = subprocess.run([str(program), "--targets"], check=True, capture_output=True, text=True)
    return [(name, [str(program), f"--target={name}"]) for name in listed.stdout.split()]


def run(target, arguments):
    """(name, problem); the problem is empty when the target held."""
    name, program = target
    work = arguments.build / "fuzzing" / "found" / name
    broken = arguments.build / "fuzzing" / "broken" / name
    for folder in (work, broken):
        folder.mkdir(parents=True, exist_ok=True)
    corpus = corpus_of(name)
    if corpus is None:
        return name, "no corpus"
    command = [
        *program, f"-max_total_time={arguments.seconds}", "-timeout=10", "-rss_limit_mb=2048",
        # Weighing inputs by rare features costs clang 14 most of a short run: without, 4 times the runs
        # and twice the new inputs.
        "-entropic=0", "-max_len=65536", "-print_final_stats=1", f"-artifact_prefix={broken}/", str(work), str(corpus),
    ]
    environment = dict(os.environ)
    environment.setdefault("UBSAN_OPTIONS", "halt_on_error=1:print_stacktrace=1")
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, text=True,
                          errors="replace", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    runs = [line.split()[-1] for line in done.stdout.splitlines()
            if line.startswith("stat::number_of_executed_units")]
    print(f"{name}: {runs[-1] if runs else '?'} runs", flush=True)
    if done.returncode == 0:
        return name, ""
    return name, "\n".join(done.stdout.splitlines()[-60:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", metavar="NAME", help="this target alone")
    parser.add_argument("--add", metavar="FILE", help="append the counts to this file")
    arguments = parser.parse_args()
    programs = sorted(p for p in arguments.build.rglob("fuzz_*") if p.is_file() and os.access(p, os.X_OK))
    targets = sorted(target for program in programs for target in targets_of(program))
    if arguments.only:
        targets = [target for target in targets if target[0] == arguments.only]
    if not targets:
        print(f"no fuzz targets in {arguments.build}")
        return 1
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        results = list(pool.map(lambda target: run(target, arguments), targets))
    failed = [(name, problem) for name, problem in results if problem]
    for name, problem in failed:
        print(f"\nFAILED: {name}\n{problem}")
    if arguments.add:
        summary.add(arguments.add, (len(results) - len(failed), len(failed), 0),
                    [f"FAILED: {name}\n{problem}" for name, problem in failed])
    print(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
