#!/usr/bin/env python3
"""Real archived jobs live again: their samples are published as agents would, the job is started,
stopped and archived by us; the archive then holds the same series and statistics."""
import gzip
import json
import math
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import ROOT, Daemon, NatsClient, NatsServer, line_protocol, make_archive, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402

REAL = ROOT.parent / "shared" / "data" / "archive"
NOT_SENT = {"statistics", "footprint", "energy", "energyFootprint", "monitoringStatus", "jobState", "duration",
            "stopTime", "id", "tags"}


def read_json(folder, name):
    plain = folder / name
    if plain.exists():
        return json.loads(plain.read_text())
    return json.loads(gzip.decompress((folder / (name + ".gz")).read_bytes()))


def known(values):
    return [value for value in values if value is not None]


class RepublishTest(unittest.TestCase):
    def setUp(self):
        self.jobs = sorted(REAL.glob("*/*/*/*/meta.json"))
        if not self.jobs:
            self.skipTest(f"no archive files in {REAL}")
        self.folder = tempfile.TemporaryDirectory(prefix="jobledger-republish-")
        self.path = pathlib.Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def publish_samples(self, client, meta, data, shift):
        """Every host's ticks in one message each, in the order of time."""
        messages = {}
        for metric, scopes in data.items():
            for scope, scoped in scopes.items():
                for series in scoped["series"]:
                    kind = f",type={scope}" + (f",type-id={series['id']}" if "id" in series else "")
                    head = f"{metric},cluster={meta['cluster']},hostname={series['hostname']}{kind} value="
                    for number, value in enumerate(series["data"]):
                        if value is None:
                            continue
                        at = meta["startTime"] + shift + number * scoped["timestep"]
                        messages.setdefault((at, series["hostname"]), []).append(f"{head}{value!r} {at}")
        client.publish_all(("hpc-nats", "\n".join(messages[key]).encode()) for key in sorted(messages))

    def check_series(self, name, was, now):
        now_series = {(series["hostname"], series.get("id")): series for series in now["series"]}
        for series in was["series"]:
            there = known(series["data"])
            if not there:
                continue
            key = (series["hostname"], series.get("id"))
            self.assertIn(key, now_series, name)
            again = now_series[key]["data"]
            padded = series["data"] + [None] * (len(again) - len(series["data"]))
            self.assertEqual(len(again), len(padded), (name, key))
            for number, (old, new) in enumerate(zip(padded, again)):
                self.assertEqual(old is None, new is None, (name, key, number))
                if old is not None:
                    self.assertTrue(math.isclose(old, new, rel_tol=1e-6, abs_tol=0.0051), (name, key, number, old, new))
            statistics = now_series[key]["statistics"]
            for kind, value in (("min", min(there)), ("max", max(there)), ("avg", sum(there) / len(there))):
                self.assertTrue(math.isclose(statistics[kind], value, rel_tol=1e-6, abs_tol=0.011),
                                (name, key, kind, statistics[kind], value))

    def check_job(self, name, was, now):
        averages = [sum(known(series["data"])) / len(known(series["data"]))
                    for series in was["series"] if known(series["data"])]
        values = [value for series in was["series"] for value in known(series["data"])]
        for kind, value in (("min", min(values)), ("max", max(values)), ("avg", sum(averages) / len(averages))):
            self.assertTrue(math.isclose(now[kind], value, rel_tol=1e-6, abs_tol=0.011), (name, kind, now[kind], value))

    def test_real_jobs_live_again(self):
        for number, path in enumerate(self.jobs):
            with self.subTest(job=str(path.relative_to(REAL))):
                self.live_again(path.parent, self.path / f"daemon{number}")

    def live_again(self, job_folder, folder):
        meta, data = read_json(job_folder, "meta.json"), read_json(job_folder, "data.json")
        cluster = json.loads((REAL / meta["cluster"] / "cluster.json").read_text())
        archive = make_archive(folder / "archive", [cluster])
        own_scope = {metric["name"]: metric["scope"] for metric in cluster["metricConfig"]}
        (folder / "broker").mkdir()
        server = NatsServer(folder / "broker")  # its own: the jobs share hosts
        self.addCleanup(server.end)
        daemon = Daemon(folder, server.url, archive=archive,
                        extra="ingest.metrics: {max_late: 3d}\narchive.metrics_settle: 1s")
        daemon.start()
        self.addCleanup(lambda: daemon.process and daemon.kill())
        client = NatsClient(server.port)
        self.addCleanup(client.close)
        shift = int(time.time()) - 120 - meta["duration"] - meta["startTime"]
        start = {key: value for key, value in meta.items() if key not in NOT_SENT}
        start["startTime"] += shift
        client.publish("cc.job.event", line_protocol("job", {"function": "start_job"}, start, start["startTime"]))
        self.publish_samples(client, meta, data, shift)
        wait_for("the samples to be stored", lambda: daemon.get_json("/api/status")["ingest"]["metrics"]["position"]
                 == client.stream_messages("JOBLEDGER_METRICS"), 120)
        stop = {"jobId": meta["jobId"], "cluster": meta["cluster"], "jobState": meta["jobState"],
                "stopTime": start["startTime"] + meta["duration"]}
        client.publish("cc.job.event", line_protocol("job", {"function": "stop_job"}, stop, stop["stopTime"]))
        client.flush()
        place = archive / meta["cluster"] / f"{meta['jobId'] // 1000}" / f"{meta['jobId'] % 1000:03d}" / str(
            start["startTime"])
        wait_for("the job to be archived", (place / "meta.json").exists, 120)
        again_meta, again = read_json(place, "meta.json"), read_json(place, "data.json")
        self.assertEqual(set(again), set(data) & set(own_scope))
        for metric in again:
            # Besides nodes, the archive keeps cores of jobs on few nodes and accelerators, where measured as such.
            kept = {"accelerator"} if meta["numNodes"] > 8 else {"core", "accelerator"}
            expected = {"node"} | (kept & {own_scope[metric]} & set(data[metric]))
            self.assertLessEqual(expected, set(again[metric]), metric)
            for scope in sorted(set(data[metric]) & set(again[metric])):
                self.check_series(f"{metric} by {scope}", data[metric][scope], again[metric][scope])
            self.check_job(metric, data[metric]["node"], again_meta["statistics"][metric])
        self.assertEqual(daemon.end(), 0)


if __name__ == "__main__":
    sys.exit(run_and_count())
