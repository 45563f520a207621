#!/usr/bin/env python3
"""Runs the benchmarks of a release build one after the other and prints what each prints.

usage: bench/run.py BUILD [NAME ...]      names: see --list; none: all
Numbers are worth something only on an otherwise idle machine; each program prints the raw limit of
the same run beside its own figure, so that ratios can be compared between machines.
"""
import os
import pathlib
import platform
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent


def machine():
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
                 platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB"


def programs(build):
    """name -> command, the built benches first, the road through the daemon last."""
    found = {path.stem.removesuffix("_bench"): [str(path)]
             for path in sorted((build / "bench").glob("*_bench")) if os.access(path, os.X_OK)}
    found |= {path.stem.removesuffix("_bench"): [str(path)]
              for path in sorted((build / "subprojects" / "graphql").glob("**/*_bench")) if os.access(path, os.X_OK)}
    graphql = HERE.parent / "subprojects" / "graphql"
    if "graphql" in found:  # beside the reference implementation, which `./dev setup` installs
        found["graphql"] = ["env", f"NODE_PATH={graphql}/oracle/node_modules", "node",
                            str(graphql / "bench" / "compare.js"), *found["graphql"]]
    found["daemon"] = [sys.executable, str(HERE / "daemon_bench.py"), str(build)]
    found["metric_daemon"] = [sys.executable, str(HERE / "metric_daemon_bench.py"), str(build)]
    return found


def main():
    build, wanted = pathlib.Path(sys.argv[1]).resolve(), sys.argv[2:]
    known = programs(build)
    if wanted == ["--list"]:
        print("\n".join(known))
        return 0
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    print(f"{time.strftime('%Y-%m-%d')}, {machine()}\n")
    status = 0
    for name in wanted or known:
        print(f"### {name}\n", flush=True)
        status |= subprocess.run(known[name]).returncode
        print(flush=True)
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main())
