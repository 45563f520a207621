#!/usr/bin/env python3
"""Two daemons on one log of events. One keeps the samples; the other has none and reads them from
the first, as from any metric store of the field."""
import gzip
import json
import pathlib
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Daemon, NatsClient, NatsServer, line_protocol, make_archive, wait_for  # noqa: E402
from metric_workload import CLUSTER, ELEMENTS, STEP  # noqa: E402
from report import run_and_count  # noqa: E402

HOSTS = ["n001", "n002"]
TICKS = 90


def read_json(folder, name):
    plain = folder / name
    if plain.exists():
        return json.loads(plain.read_text())
    return json.loads(gzip.decompress((folder / (name + ".gz")).read_bytes()))


class SourcesTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jobledger-sources-")
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name)
        self.server = NatsServer(self.path)
        self.addCleanup(self.server.end)
        self.store = self.daemon("store", "ingest.events.consumer: store\narchive.metrics_settle: 1s")
        self.reader = self.daemon(
            "reader", "ingest.events.consumer: reader\ningest.metrics: {subjects: []}\n"
            "archive.metrics_settle: 1s\narchive.retry_min: 100ms\narchive.retry_max: 200ms",
            f'sources:\n  external:\n    - {{scope: "*", url: "http://127.0.0.1:{self.store.port}"}}\n'
            "  health_interval: 100ms\n")
        self.client = NatsClient(self.server.port)
        self.addCleanup(self.client.close)
        self.begin = int(time.time()) // STEP * STEP - TICKS * STEP - 120

    def daemon(self, name, extra, more=""):
        daemon = Daemon(self.path / name, self.server.url, extra=extra, more=more,
                        archive=make_archive(self.path / name / "archive", [CLUSTER]))
        daemon.start()
        self.addCleanup(lambda: daemon.process and daemon.kill())
        return daemon

    def publish_samples(self):
        """Of every element its number plus the tick; a thread of one host is silent for a while."""
        for tick in range(TICKS):
            at = self.begin + tick * STEP + 1
            lines = []
            for host in HOSTS:
                for metric, kind, element in ELEMENTS:
                    if (host, kind, element) == ("n002", "hwthread", "3") and 20 <= tick < 30:
                        continue
                    identity = f",type={kind}" + (f",type-id={element}" if element else "")
                    value = int(element or 0) + tick + 0.25
                    lines.append(f"{metric},cluster=testcluster,hostname={host}{identity} value={value} {at}")
            self.client.publish("hpc-nats", "\n".join(lines).encode())
        self.client.flush()
        wait_for("the samples to be stored",
                 lambda: self.store.get_json("/api/status")["ingest"]["metrics"]["position"]
                 == self.client.stream_messages("JOBLEDGER_METRICS"))

    def run_job(self, job_id, resources):
        start = {"jobId": job_id, "user": "eve", "project": "p", "cluster": "testcluster", "partition": "main",
                 "numNodes": len(resources), "resources": resources, "numHwthreads": 4 * len(resources),
                 "walltime": 7200, "startTime": self.begin}
        stop = {"jobId": job_id, "cluster": "testcluster", "jobState": "completed",
                "stopTime": self.begin + TICKS * STEP}
        self.client.publish("cc.job.event", line_protocol("job", {"function": "start_job"}, start, self.begin))
        self.client.publish("cc.job.event",
                            line_protocol("job", {"function": "stop_job"}, stop, stop["stopTime"]))
        self.client.flush()

    def archived(self, daemon, job_id):
        place = (daemon.archive / "testcluster" / f"{job_id // 1000}" / f"{job_id % 1000:03d}" / str(self.begin))
        wait_for(f"job {job_id} to be archived", (place / "meta.json").exists)
        return read_json(place, "meta.json"), read_json(place, "data.json")

    def test_jobs_are_archived_from_samples_that_another_daemon_keeps(self):
        self.publish_samples()
        jobs = {1001: [{"hostname": host} for host in HOSTS],
                1002: [{"hostname": "n002", "hwthreads": [1, 2, 3]}]}
        for job_id, resources in jobs.items():
            self.run_job(job_id, resources)
        for job_id in jobs:
            own_meta, own = self.archived(self.store, job_id)
            meta, data = self.archived(self.reader, job_id)
            self.assertEqual(set(data), {"cpu_load", "flops_any", "mem_bw"})
            self.assertEqual(data, own)
            self.assertEqual(meta["statistics"], own_meta["statistics"])
        flops = data["flops_any"]["node"]["series"]
        self.assertEqual([series["hostname"] for series in flops], ["n002"])
        self.assertEqual(flops[0]["data"][:2], [6.75, 9.75])  # threads 1, 2 and 3
        self.assertEqual(flops[0]["data"][25], 53.5)  # thread 3 is silent
        self.assertEqual(self.reader.end(), 0)
        self.assertEqual(self.store.end(), 0)

    def report_nodes(self, hosts):
        """n001 has just sent everything, n002 one metric, others nothing."""
        now = int(time.time())
        lines = [f"{metric},cluster=testcluster,hostname={host},type={kind}"
                 + (f",type-id={element}" if element else "") + f" value=1 {now}"
                 for host in HOSTS for metric, kind, element in ELEMENTS
                 if host == "n001" or metric == "cpu_load"]
        self.client.publish("hpc-nats", "\n".join(lines).encode())
        nodes = {"cluster": "testcluster",
                 "nodes": [{"hostname": host, "states": ["idle"]} for host in hosts]}
        self.client.publish("cc.node.state", line_protocol("nodestate", {}, nodes, now))
        self.client.flush()

    def health(self, daemon):
        nodes = daemon.graphql("{ nodes { items { hostname healthState } } }")["nodes"]["items"]
        return {node["hostname"]: node["healthState"] for node in nodes}

    def test_health_of_nodes_is_what_the_other_store_says(self):
        hosts = HOSTS + ["n003"]
        found = {"n001": "full", "n002": "partial", "n003": "failed"}

        def is_found(daemon):
            self.report_nodes(hosts)
            return self.health(daemon) == found
        wait_for("the reader to hear of the other store's nodes", lambda: is_found(self.reader))
        wait_for("the store to judge by its own samples", lambda: is_found(self.store))
        self.store.end()
        self.assertEqual(set(self.health(self.reader)), set(hosts))
        wait_for("the store to be given up",
                 lambda: self.report_nodes(hosts) or set(self.health(self.reader).values()) == {"failed"})
        self.assertEqual(self.reader.status_of("/readyz"), 200)

    def test_a_store_that_is_away_delays_jobs_and_nothing_else(self):
        self.publish_samples()
        self.store.end()
        self.run_job(1003, [{"hostname": "n001"}])
        wait_for("the store to be missed", lambda: self.reader.metric("jobledger_source_errors_total"))
        self.assertEqual(self.reader.status_of("/readyz"), 200)
        self.store.start()
        _, data = self.archived(self.reader, 1003)
        self.assertEqual(data["cpu_load"]["node"]["series"][0]["data"][:2], [0.25, 1.25])


if __name__ == "__main__":
    sys.exit(run_and_count())
