#!/usr/bin/env python3
"""The whole road with the real daemon and a real broker: start events per second (durable and
visible), time until an event is visible, stop events with the archive written durably, ready after
kill -9 and memory at N jobs.

usage: bench/daemon_bench.py BUILD [--events N] [--jobs N ...]
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "test" / "integration"))
from harness import Daemon, NatsClient, NatsServer, line_protocol, make_archive, nats_server_program, wait_for  # noqa: E402

STREAM = "JOBLEDGER_EVENTS"
SUBJECT = "cc.job.event"
BEGIN = 1_768_978_339


def start_event(number):
    record = {
        "jobId": 10_000_000 + number, "user": f"user{number % 500:03d}", "project": f"proj{number % 60:02d}",
        "cluster": "testcluster", "partition": "work", "numNodes": 2,
        "resources": [{"hostname": f"n{number % 199 + 1:03d}"}, {"hostname": f"n{number % 199 + 2:03d}"}],
        "walltime": 86400, "numHwthreads": 144, "numAcc": 0, "arrayJobId": 0, "shared": "none",
        "subCluster": "", "jobState": "", "startTime": BEGIN + number, "statistics": None,
        "metaData": {"jobName": f"job-{number % 1000}", "slurmInfo": "account=abc qos=normal", "submitTime": "1768978000"},
    }
    return SUBJECT, line_protocol("job", {"function": "start_job", "hostname": "sched", "type": "node", "type-id": "0"},
                                  record, BEGIN + number)


def stop_event(number):
    record = {"jobId": 10_000_000 + number, "cluster": "testcluster", "jobState": "completed",
              "stopTime": BEGIN + number + 3600}
    return SUBJECT, line_protocol("job", {"function": "stop_job"}, record, record["stopTime"])


def row(work, ours, target, note=""):
    print(f"| {work} | {ours} | {target} | {note} |", flush=True)


def position(daemon):
    return daemon.get_json("/api/status")["ingest"]["position"]


def resident_mb(daemon):
    for line in open(f"/proc/{daemon.process.pid}/status"):
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def raw_limit(build, program, *arguments):
    """What a benchmark program gives as the raw limit of its work, per second."""
    command = [str(build / "bench" / program), *map(str, arguments), "--raw"]
    return float(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def share(rate, raw):
    return f"{rate:,.0f}/s of raw {raw:,.0f}/s"


def events(folder, build, count, running):
    raw = raw_limit(build, "ingest_bench", count, nats_server_program())
    server = NatsServer(folder)
    running.callback(server.end)
    daemon = Daemon(folder / "daemon", server.url, archive=make_archive(folder / "daemon" / "archive"))
    running.callback(daemon.end)
    daemon.start()
    daemon.end()
    client = NatsClient(server.port)
    messages = [start_event(n) for n in range(count)]
    size = sum(len(m[1]) for m in messages) / count
    client.publish_all(messages)
    last = client.stream_messages(STREAM)
    daemon.start()
    first, begun = position(daemon), time.monotonic()
    wait_for("all starts", lambda: position(daemon) >= last, 300)
    seconds = time.monotonic() - begun
    row(f"job start events of {size:.0f} B, {count} waiting", share((last - first) / seconds, raw), "≥ 60,000/s",
        "durable and visible, from the log; polled every 20 ms; raw: pull and synced write of the text")

    visible = []
    for number in range(count, count + 50):
        begun = time.monotonic()
        client.publish_all([start_event(number)])
        query = '{ jobs(filter: [{jobId: {eq: "%d"}}]) { count } }' % (10_000_000 + number)
        wait_for("the job to be visible", lambda: daemon.graphql(query)["jobs"]["count"] == 1)
        visible.append((time.monotonic() - begun) * 1000)
    row("a start event is visible after", f"{statistics.median(visible):.0f} ms (worst of 50: {max(visible):.0f} ms)",
        "≤ 100 ms", "published to GraphQL answer; polled every 20 ms")

    stops = [stop_event(n) for n in range(min(count, 50_000))]
    daemon.end()
    client.publish_all(stops)
    raw = raw_limit(build, "archive_bench", len(stops), folder)
    daemon.start()
    begun, due = time.monotonic(), lambda: daemon.get_json("/api/status")["jobs"]["archive_due"]
    last = client.stream_messages(STREAM)
    done_before = (daemon.metric("jobledger_archive_jobs_total") or 0)
    wait_for("all archived", lambda: position(daemon) >= last and due() == 0, 300)
    seconds = time.monotonic() - begun
    row(f"job stop events with archive written durably, {len(stops)} waiting",
        share((len(stops) - done_before) / seconds, raw), "≥ 7,000/s",
        "no metrics; raw: two files and a rename each, one syncfs per 512")


def big_store(folder, build, jobs, running):
    """Ready after kill -9, and memory, with that many jobs in the index."""
    archive = make_archive(folder / "archive")
    storage = folder / "db"
    subprocess.run([str(build / "bench" / "make_store"), str(storage), str(jobs)], check=True)
    server = NatsServer(folder)
    running.callback(server.end)
    daemon = Daemon(folder / "daemon", server.url, archive=archive, storage=storage)
    running.callback(daemon.end)
    daemon.start()
    daemon.kill()
    begun = time.monotonic()
    daemon.start()
    seconds = time.monotonic() - begun
    row(f"ready after kill -9, {jobs:,} jobs", f"{seconds:.2f} s", "≤ 3 s", "process start to /readyz")
    memory = daemon.get_json("/api/status").get("memory", {})
    row(f"memory, {jobs:,} jobs", f"{resident_mb(daemon):,.0f} MB resident", "", json.dumps(memory))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--jobs", type=int, nargs="*", default=[200_000, 2_000_000])
    arguments = parser.parse_args()
    build = arguments.build.resolve()
    os.environ["JOBLEDGER_BUILD"] = str(build)
    print("| Work | jobledger | Target | |\n|---|---|---|---|")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jobledger-bench-"))
    try:
        (folder / "events").mkdir()
        with contextlib.ExitStack() as running:
            events(folder / "events", build, arguments.events, running)
        for jobs in arguments.jobs:
            (folder / str(jobs)).mkdir()
            with contextlib.ExitStack() as running:
                big_store(folder / str(jobs), build, jobs, running)
            shutil.rmtree(folder / str(jobs))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
