#!/usr/bin/env python3
"""How long a trivial query takes while long ones run.

usage: bench/fair_bench.py BUILD [--jobs N] [--heavy N]

All jobs share one node, and each heavy query asks for all that ran beside each of them. The first
line is the trivial query alone.
"""
import argparse
import http.client
import json
import os
import pathlib
import statistics
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "test" / "integration"))
from harness import Daemon, NatsClient, NatsServer, line_protocol, make_archive, wait_for  # noqa: E402

TRIVIAL = "{jobs{count}}"
HEAVY = "{jobs(page:{itemsPerPage:-1,page:1}){items{concurrentJobs{count}}}}"


def ask(port, query):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("POST", "/query", json.dumps({"query": query}), {"Content-Type": "application/json"})
    answer = connection.getresponse().read()
    connection.close()
    return answer


def publish_jobs(broker, daemon, jobs):
    client, now = NatsClient(broker.port), int(time.time())
    client.publish_all(("cc.job.event", line_protocol("job", {"function": "start_job"}, {
        "jobId": i, "user": "anna", "project": "p", "cluster": "testcluster", "subCluster": "main",
        "partition": "main", "numNodes": 1, "shared": "multi_user", "resources": [{"hostname": "n001"}],
        "startTime": now - 5000 - i, "walltime": 86400}, now)) for i in range(1, jobs + 1))
    wait_for("the jobs", lambda: daemon.graphql(TRIVIAL)["jobs"]["count"] == jobs)


def measure(port, seconds):
    took, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        began = time.monotonic()
        ask(port, TRIVIAL)
        took.append((time.monotonic() - began) * 1000)
        time.sleep(0.02)
    return f"median {statistics.median(took):.1f} ms, most {max(took):.1f} ms, {len(took)} queries"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=20_000)
    parser.add_argument("--heavy", type=int, default=8)
    options = parser.parse_args()
    os.environ["JOBLEDGER_BUILD"] = options.build
    with tempfile.TemporaryDirectory(prefix="jobledger-fair-") as name:
        folder = pathlib.Path(name)
        broker = NatsServer(folder)
        make_archive(folder / "daemon" / "archive")
        daemon = Daemon(folder / "daemon", broker.url)
        try:
            daemon.start()
            publish_jobs(broker, daemon, options.jobs)
            print("alone:        ", measure(daemon.port, 3))
            heavy = [threading.Thread(target=ask, args=(daemon.port, HEAVY)) for _ in range(options.heavy)]
            for each in heavy:
                each.start()
            print(f"beside {options.heavy} long:", measure(daemon.port, 10))
            for each in heavy:
                each.join()
        finally:
            daemon.end()
            broker.end()


if __name__ == "__main__":
    main()
