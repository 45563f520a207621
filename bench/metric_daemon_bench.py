#!/usr/bin/env python3
"""Metrics with the real daemon and a real broker.

usage: bench/metric_daemon_bench.py BUILD rate  [--nodes N] [--ticks N]
       bench/metric_daemon_bench.py BUILD ready [--nodes N] [--jobs N]
       bench/metric_daemon_bench.py BUILD soak  [--nodes N] [--seconds N] [--pace S]

rate: what waits in the stream until it is durable. ready: kill -9 with a full hour of samples in
memory. soak: time at sixty times its speed, a cluster with a sample a second instead of a minute,
and all waits and bounds of the store so much shorter; memory, lag and disk over time.
"""
import argparse
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "test" / "integration"))
from daemon_bench import raw_limit, resident_mb, row, share  # noqa: E402
from harness import Daemon, NatsClient, NatsServer, nats_server_program, wait_for  # noqa: E402

STREAM, SUBJECT = "JOBLEDGER_METRICS", "hpc-nats"
ALL_METRICS, SOAK_METRICS = 11, 7  # by hardware thread: 1,616 and 1,040 series a node


class Site:
    """A cluster, its broker and its daemon in one folder."""

    def __init__(self, folder, build, running, step=60, metrics=ALL_METRICS, **options):
        self.load = [str(build / "bench" / "metric_load")]
        self.step, self.metrics = str(step), str(metrics)
        (folder / "archive" / "fritz").mkdir(parents=True)
        (folder / "archive" / "version.txt").write_text("3\n")
        with open(folder / "archive" / "fritz" / "cluster.json", "w") as out:
            subprocess.run([*self.load, "cluster", self.step, self.metrics], check=True, stdout=out)
        self.server = NatsServer(folder)
        running.callback(self.server.end)
        self.daemon = Daemon(folder / "daemon", self.server.url, archive=folder / "archive", **options)
        running.callback(self.daemon.end)
        self.client = NatsClient(self.server.port)

    def publish(self, nodes, ticks, pace=0):
        """Starts to; the process prints how many messages, samples and bytes."""
        return subprocess.Popen([*self.load, self.server.url, SUBJECT, str(nodes), self.step, self.metrics, str(ticks),
                                 str(pace)], stdout=subprocess.PIPE, text=True)

    def published(self, process):
        assert process.wait() == 0
        return tuple(int(word) for word in process.stdout.read().split())

    def position(self):
        return self.daemon.get_json("/api/status")["ingest"]["metrics"]["position"]

    def waiting(self):
        return self.client.stream_messages(STREAM) - self.position()


def cpu_seconds(process):
    fields = pathlib.Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def folder_mb(folder):
    return sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6


def rate(folder, build, arguments, running):
    site = Site(folder, build, running)
    site.daemon.start()  # makes the stream
    site.daemon.end()
    messages, samples, size = site.published(site.publish(arguments.nodes, arguments.ticks))
    raw = raw_limit(build, "ingest_bench", messages, nats_server_program(), "--metrics") * samples / messages
    site.daemon.start(wait=False)
    wait_for("the daemon", site.daemon.ready)
    first, begun, cpu = site.position(), time.monotonic(), cpu_seconds(site.daemon.process)
    wait_for("all samples", lambda: site.position() >= messages, 600)
    seconds = time.monotonic() - begun
    done = samples * (messages - first) / messages
    cpu = cpu_seconds(site.daemon.process) - cpu
    stored = site.daemon.metric("jobledger_ingest_metric_samples_total")
    assert stored == samples, f"{stored} of {samples} samples stored"
    row(f"metric ingest, {samples / 1e6:.1f}M samples of {size / samples:.0f} B waiting", share(done / seconds, raw),
        "≥ 1,500,000/s", f"durable; {done / cpu / 1e6:.1f}M samples per CPU second of the daemon; raw: pull and "
        "synced write of the text")
    row(f"memory, {arguments.nodes} nodes of {samples // messages} series, {arguments.ticks} samples each",
        f"{resident_mb(site.daemon):,.0f} MB resident", "", "")


def ready(folder, build, arguments, running):
    site = Site(folder, build, running, step=1)
    subprocess.run([str(build / "bench" / "make_store"), str(site.daemon.storage), str(arguments.jobs)], check=True)
    site.daemon.start()
    # A full window, which waits to be sealed: what a daemon that is killed has in memory at the most. No faster
    # than it is read: the stream has an end.
    messages, samples, _ = site.published(site.publish(arguments.nodes, 64, pace=1.6 * arguments.nodes / 1000))
    wait_for("all samples", lambda: site.waiting() <= 0, 1200)
    series = arguments.nodes * (samples // messages)
    row(f"memory, {arguments.jobs:,} jobs and {series:,} series with a window each in memory",
        f"{resident_mb(site.daemon):,.0f} MB resident", "≤ 400 B a series", "")
    site.daemon.kill()
    begun = time.monotonic()
    site.daemon.start()
    row(f"ready after kill -9, {arguments.jobs:,} jobs, {arguments.nodes} nodes with a full window in memory",
        f"{time.monotonic() - begun:.2f} s", "≤ 3 s", "process start to /readyz")


def soak(folder, build, arguments, running):
    site = Site(folder, build, running, step=1, metrics=SOAK_METRICS,
                extra="storage.metrics: {retention: 1h, seal_grace: 5s, keep_interval: 100ms}")
    site.daemon.start()
    ticks = int(arguments.seconds / arguments.pace)
    publisher = site.publish(arguments.nodes, ticks, arguments.pace)
    cpu = cpu_seconds(site.daemon.process), cpu_seconds(site.server.process)
    begun = time.monotonic()
    print(f"\n{arguments.nodes} nodes, {ticks} time steps, one every {arguments.pace} s\n")
    print("| s | resident MB | head MB | messages waiting | database MB | broker MB |\n|---|---|---|---|---|---|", flush=True)
    while publisher.poll() is None:
        status = site.daemon.get_json("/api/status")
        print(f"| {time.monotonic() - begun:.0f} | {resident_mb(site.daemon):.0f} | "
              f"{status['metrics']['head_bytes'] / 1e6:.0f} | {site.waiting()} | {folder_mb(site.daemon.storage):.0f} | "
              f"{folder_mb(folder / 'jetstream'):.0f} |", flush=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            publisher.wait(arguments.every)
    messages, samples, size = site.published(publisher)
    seconds = time.monotonic() - begun
    wait_for("all samples", lambda: site.waiting() <= 0, 600)
    used = (cpu_seconds(site.daemon.process) - cpu[0], cpu_seconds(site.server.process) - cpu[1])
    print(f"\n{samples / 1e6:.0f}M samples in {seconds:.0f} s, {size / 1e9:.1f} GB; caught up {time.monotonic() - begun - seconds:.1f} s "
          f"after the last; processor time: daemon {used[0]:.0f} s, broker {used[1]:.0f} s")
    lost = site.daemon.metric("jobledger_ingest_missed_messages") or 0
    print(f"lost {lost:.0f}, refused {site.daemon.metric('jobledger_ingest_metric_refused_total') or 0:.0f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("what", nargs="?", choices=["rate", "ready", "soak"], help="none: rate and ready")
    parser.add_argument("--nodes", type=int, default=1000)
    parser.add_argument("--ticks", type=int, default=10)
    parser.add_argument("--jobs", type=int, default=2_000_000)
    parser.add_argument("--seconds", type=int, default=900)
    parser.add_argument("--pace", type=float, default=1)
    parser.add_argument("--every", type=int, default=30, help="seconds between lines of the soak")
    arguments = parser.parse_args()
    os.environ["JOBLEDGER_BUILD"] = str(arguments.build.resolve())
    for work in {"rate": [rate], "ready": [ready], "soak": [soak], None: [rate, ready]}[arguments.what]:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="jobledger-bench-"))
        try:
            with contextlib.ExitStack() as running:
                work(folder, arguments.build.resolve(), arguments, running)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
