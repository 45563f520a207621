#!/usr/bin/env python3
"""Every sample that the stream took reads back, none twice: the daemon is killed at random moments while
metrics flow; then the broker restarts, the stream is made anew, the disk fills up, and damages files.

Environment: CRASH_ROUNDS (12), METRIC_TICKS (1200), CRASH_SEED (random, printed).
"""
import collections
import json
import math
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Daemon, NatsClient, NatsServer, build_folder, make_archive, wait_for  # noqa: E402
from metric_workload import CLUSTER, STEP, MetricWorkload  # noqa: E402
from report import run_and_count  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "12"))
TICKS = int(os.environ.get("METRIC_TICKS", "1200"))
SEED = int(os.environ.get("CRASH_SEED", random.randrange(1 << 30)))
STREAM = "JOBLEDGER_METRICS"
HOSTS = 6


def make_workload(seed, ticks=TICKS):
    """The last tick is a minute ago."""
    return MetricWorkload(seed, HOSTS, ticks, int(time.time()) // STEP * STEP - (ticks + 6) * STEP)


def settled(daemon, client):
    last = client.stream_messages(STREAM)
    return 0 < last == daemon.get_json("/api/status")["ingest"]["metrics"]["position"]


class MetricCrashTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jobledger-metrics-")
        self.path = pathlib.Path(self.folder.name)
        self.random = random.Random(SEED)
        self.cleanups = []
        (self.path / "broker").mkdir()
        self.server = NatsServer(self.path / "broker")
        self.cleanups.append(lambda: self.server.process and self.server.end())

    def tearDown(self):
        if any(error for _, error in self._outcome.result.failures + self._outcome.result.errors):
            for log in sorted(self.path.glob("*/daemon.log")):
                print(f"--- {log.parent.name}", *log.read_text(errors="replace").splitlines()[-40:], sep="\n")
        for undo in reversed(self.cleanups):
            undo()
        self.folder.cleanup()

    def daemon(self, **options):
        archive = make_archive(self.path / "daemon" / "archive", [CLUSTER])
        options.setdefault("extra", "")
        daemon = Daemon(self.path / "daemon", self.server.url, archive=archive, **options)
        self.cleanups.append(lambda: daemon.process and daemon.kill())
        daemon.start()
        return daemon

    def publish_in_background(self, messages):
        def publish():
            client = NatsClient(self.server.port)
            for begin in range(0, len(messages), 50):
                client.publish_all(messages[begin:begin + 50])
            client.close()
        thread = threading.Thread(target=publish)
        thread.start()
        return thread

    def stored(self, daemon, workload, damaged=False):
        """(host, metric, element) -> {tick: value}, of a stopped daemon. damaged: blocks may be unreadable."""
        command = [str(build_folder() / "test" / "integration" / "read_samples"), str(daemon.storage),
                   str(daemon.archive / "testcluster" / "cluster.json"), str(workload.begin),
                   str(workload.begin + (workload.ticks + 1) * STEP), str(STEP)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        self.unreadable = "blocks are unreadable" in run.stderr
        self.assertTrue(run.returncode == 0 or damaged and self.unreadable, run.stderr)
        found = collections.defaultdict(dict)
        for line in run.stdout.splitlines():
            host, metric, element, tick, value = line.split()
            found[host, metric, element][int(tick)] = float(value)
        return found

    def compare(self, daemon, workload):
        self.assertEqual(daemon.end(), 0)
        found = self.stored(daemon, workload)
        nodes = collections.defaultdict(lambda: collections.defaultdict(list))
        for (host, metric, element), samples in workload.samples.items():
            self.assertEqual(len(found[host, metric, element]), len(samples), (host, metric, element))
            for tick, value in samples.items():
                self.assertEqual(float(f"{value:.9g}"), found[host, metric, element].get(tick),
                                 (host, metric, element, tick))
                nodes[host, metric][tick].append(value)
        # The roll-ups say the same.
        for (host, metric), ticks in nodes.items():
            rollup = found[host, metric, "@node"]
            self.assertEqual(set(rollup), set(ticks), (host, metric))
            for tick, values in ticks.items():
                total = sum(values) if metric != "cpu_load" else values[0]
                self.assertTrue(math.isclose(rollup[tick], total, rel_tol=1e-5, abs_tol=1e-3), (host, metric, tick))

    def test_kill_at_random_moments(self):
        workload = make_workload(SEED)
        daemon = self.daemon()
        client = NatsClient(self.server.port)
        share = len(workload.messages) // ROUNDS + 1
        for number in range(ROUNDS):
            part = workload.messages[number * share:(number + 1) * share]
            before = client.stream_messages(STREAM)
            publisher = self.publish_in_background(part)
            moment = self.random.randrange(len(part) + 1)
            wait_for("the moment to kill", lambda: client.stream_messages(STREAM) >= before + moment)
            threading.Event().wait(self.random.uniform(0, 0.4))
            daemon.kill()
            publisher.join()
            daemon.start(wait=self.random.random() < 0.5)
        daemon.wait_ready()
        wait_for("the run to settle", lambda: settled(daemon, client), 300)
        self.compare(daemon, workload)

    def test_samples_of_a_pause_are_there_after_start(self):
        workload = make_workload(SEED + 1, 200)
        daemon = self.daemon()
        self.assertEqual(daemon.end(), 0)
        client = NatsClient(self.server.port)
        client.publish_all(workload.messages)
        daemon.start()
        wait_for("the samples of the pause", lambda: settled(daemon, client))
        self.compare(daemon, workload)

    def test_broker_restarts_and_stream_made_anew(self):
        workload = make_workload(SEED + 2, 600)
        daemon = self.daemon()
        half = len(workload.messages) // 2
        client = NatsClient(self.server.port)
        client.publish_all(workload.messages[:half])
        self.server.restart()
        client = NatsClient(self.server.port)
        wait_for("the first half", lambda: settled(daemon, client))
        self.assertTrue(client.jetstream(f"STREAM.DELETE.{STREAM}").get("success"))
        wait_for("the daemon to make the stream again",
                 lambda: "error" not in client.jetstream(f"STREAM.INFO.{STREAM}"))
        client.publish_all(workload.messages)  # all again: the first half are repeats
        wait_for("the run to settle", lambda: settled(daemon, client))
        self.compare(daemon, workload)

    def test_disk_full(self):
        workload = make_workload(SEED + 3, 600)
        disk = self.path / "small"
        disk.mkdir()
        if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(disk)],
                                               capture_output=True, check=False).returncode:
            self.skipTest("mounting a tmpfs needs root")
        self.cleanups.insert(0, lambda: subprocess.run(["umount", "-l", str(disk)], check=False))
        daemon = self.daemon(storage=disk / "db", extra="storage.min_free_bytes: 4MB")
        client = NatsClient(self.server.port)
        half = len(workload.messages) // 2
        client.publish_all(workload.messages[:half])
        ballast = disk / "ballast"
        with open(ballast, "wb") as out:
            try:
                while True:
                    out.write(b"x" * 65536)
                    out.flush()
            except OSError:
                pass
        client.publish_all(workload.messages[half:])
        wait_for("the daemon to say that it cannot write", lambda: daemon.status_of("/readyz") == 503)
        ballast.unlink()
        wait_for("the run to settle", lambda: settled(daemon, client), 60)
        self.compare(daemon, workload)

    def start_with_damaged_table(self, daemon):
        while True:
            tables = [path for path in daemon.storage.glob("*.sst") if b"metrics_2" in path.read_bytes()]
            table = max(tables, key=lambda path: path.stat().st_size)
            data = bytearray(table.read_bytes())
            data[30] ^= 0xff  # in the first block: roll-ups
            table.write_bytes(data)
            daemon.start()
            if table.exists() or list((daemon.storage / "lost").glob(table.name + "*")):
                return
            daemon.kill()  # a compaction had replaced that table, and the kill came before its removal

    def test_damaged_files(self):
        """A block of a day's table has another byte, the newest log is cut: the block is lost, nothing else."""
        workload = make_workload(SEED + 5, 600)
        daemon = self.daemon()
        client = NatsClient(self.server.port)
        most = len(workload.messages) * 4 // 5
        client.publish_all(workload.messages[:most])
        wait_for("the samples", lambda: settled(daemon, client))
        wait_for("windows to be sealed", lambda: daemon.metric("jobledger_metric_hosts_sealed_total") >= HOSTS)
        daemon.kill()
        daemon.start()  # what was in the log is in tables now
        client.publish_all(workload.messages[most:])
        wait_for("the rest", lambda: settled(daemon, client))
        daemon.kill()
        log = max(path for path in daemon.storage.glob("*.log") if path.stat().st_size > 0)
        os.truncate(log, log.stat().st_size * 2 // 3)
        self.start_with_damaged_table(daemon)
        wait_for("the messages behind the cut to be read again", lambda: settled(daemon, client))
        self.assertEqual(daemon.end(), 0)
        found = self.stored(daemon, workload, damaged=True)
        put_aside = "a damaged table of metric samples" in daemon.log_tail(1000)
        self.assertTrue(put_aside or self.unreadable, "the damage is not reported")
        missing = 0
        for (host, metric, element), samples in workload.samples.items():
            have = found[host, metric, element]
            for tick, value in have.items():
                self.assertEqual(float(f"{samples[tick]:.9g}"), value, (host, metric, element, tick))
            missing += len(samples) - len(have)
            if metric == "flops_any":  # stands in raw blocks, which come behind all roll-ups
                self.assertEqual(len(have), len(samples), (host, metric, element))
        self.assertGreater(missing, 0)
        self.assertLess(missing, 16384 / 2)  # of a block of 16 KiB

    def test_bad_lines_cost_only_themselves(self):
        workload = make_workload(SEED + 4, 100)
        daemon = self.daemon()
        client = NatsClient(self.server.port)
        client.publish_all(workload.messages)
        wait_for("the run to settle", lambda: settled(daemon, client))
        wait_for("all lines to be counted",
                 lambda: daemon.metric("jobledger_ingest_metric_lines_total") ==
                 sum(message.count(b"\n") + 1 for _, message in workload.messages if message))
        refused = daemon.metric("jobledger_ingest_metric_lines_total") - daemon.metric(
            "jobledger_ingest_metric_samples_total")
        self.assertEqual(refused, workload.bad_lines)
        self.assertEqual(json.loads(daemon.get("/api/status"))["dead_letters"], 0)
        self.compare(daemon, workload)


if __name__ == "__main__":
    print(f"seed {SEED}, {ROUNDS} rounds, {TICKS} ticks", flush=True)
    sys.exit(run_and_count())
