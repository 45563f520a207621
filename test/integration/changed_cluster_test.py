#!/usr/bin/env python3
"""cluster.json changes while jobs run: what was measured is read and archived all the same, by one
mapping, and what the file does not explain is said."""
import copy
import gzip
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case, cli  # noqa: E402
from harness import CLUSTER, NatsClient, make_archive, start_event, stop_event, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402

SECONDS = 200  # measured before the change, and again after it
EXTRA = "archive.look: 50ms\narchive.metrics_settle: 0s\narchive.more_scopes: [socket, hwthread]"


def cluster():
    one = copy.deepcopy(CLUSTER)
    load = {**one["metricConfig"][0], "timestep": 1}
    flops = {**load, "name": "flops", "scope": "hwthread", "aggregation": "sum"}
    del flops["footprint"]
    one["metricConfig"] = [load, flops, {**load, "name": "temp"}]
    sub = one["subClusters"][0]
    sub["topology"] = {"node": [0, 1, 2, 3], "socket": [[0, 1], [2, 3]], "memoryDomain": [[0, 1], [2, 3]],
                       "core": [[0], [1], [2], [3]]}
    return one


class ChangedClusterTest(Case):
    def setUp(self):
        super().setUp()
        self.server = self.broker()
        self.client = NatsClient(self.server.port)
        self.addCleanup(self.client.close)
        self.begin = int(time.time()) - 3 * SECONDS

    def measure(self, first, step=1, metrics=("cpu_load", "flops", "temp")):
        """SECONDS of samples of n001 from `first` seconds after the beginning on."""
        lines = []
        for second in range(first, first + SECONDS, step):
            at = self.begin + second
            for metric in metrics:
                elements = range(4) if metric == "flops" else [None]
                for element in elements:
                    tags = f",type=hwthread,type-id={element}" if element is not None else ",type=node"
                    value = 5 if element is None else 10 ** element
                    lines.append(f"{metric},cluster=testcluster,hostname=n001{tags} value={value} {at}")
        self.client.publish_all([("hpc-nats", "\n".join(lines[i:i + 500]).encode())
                                 for i in range(0, len(lines), 500)])

    def settle_metrics(self, daemon):
        end = self.client.stream_messages("JOBLEDGER_METRICS")
        wait_for("the samples to be read",
                 lambda: daemon.get_json("/api/status")["ingest"]["metrics"]["position"] >= end)

    def live_through(self, change, step=1, metrics=("cpu_load", "flops", "temp"), **job):
        """A job that runs while cluster.json changes. What its archive holds, the live answer, its notes
        and its report, live and archived."""
        archive = make_archive(self.path / "archive", [cluster()])
        daemon = self.daemon(self.server.url, archive=archive, extra=EXTRA)
        self.client.publish_all([start_event(1, self.begin, **job)])
        self.measure(0)
        self.settle_metrics(daemon)
        self.settle(daemon, self.client.stream_messages("JOBLEDGER_EVENTS"))
        self.assertEqual(daemon.end(), 0)
        changed = cluster()
        change(changed)
        (archive / "testcluster" / "cluster.json").write_text(json.dumps(changed))
        daemon.start()
        self.measure(SECONDS, step, metrics)
        self.settle_metrics(daemon)
        live = self.samples(daemon)
        notes = daemon.graphql('{ jobMetricNotes(id: "1") { metric text } }')["jobMetricNotes"]
        report = self.report(daemon)
        self.client.publish_all([stop_event(1, self.begin + 2 * SECONDS)])
        self.settle(daemon, self.client.stream_messages("JOBLEDGER_EVENTS"))
        folder = archive / "testcluster" / "0" / "001" / str(self.begin)
        wait_for("the job to be archived", (folder / "meta.json").exists)
        packed = folder / "data.json.gz"
        data = json.loads(gzip.decompress(packed.read_bytes()) if packed.exists()
                          else (folder / "data.json").read_bytes())
        self.report(daemon)
        return data, live, [f"{note['metric']}: {note['text']}" for note in notes], report

    def samples(self, daemon):
        metrics = daemon.graphql("""{ jobMetrics(id: "1", scopes: ["node", "socket", "hwthread"], resolution: 0) {
            name scope metric { timestep series { hostname id data } } } }""")["jobMetrics"]
        return {(one["name"], one["scope"]): one["metric"] for one in metrics}

    def report(self, daemon):
        out = cli("job", 1, "--all", url=daemon.url(""))
        self.assertEqual(out.returncode, 0, out.stdout + out.stderr)
        return " ".join(out.stdout.split())

    def values(self, scoped, element=None):
        for series in scoped["series"]:
            if series.get("id") == element:
                return [value for value in series["data"] if value is not None]
        self.fail(f"no element {element} in {[s.get('id') for s in scoped['series']]}")

    def expect_all(self, data, flops_sockets=(11, 1100)):
        """Every sample of the node and of its parts, by one mapping from the beginning to the end."""
        for name, value in (("cpu_load", 5), ("temp", 5), ("flops", 1111)):
            values = self.values(data[name]["node"])
            self.assertEqual(set(values), {value}, name)
            self.assertGreaterEqual(len(values), 2 * SECONDS - 2, name)
        for socket, value in enumerate(flops_sockets):
            values = self.values(data["flops"]["socket"], str(socket))
            self.assertEqual(set(values), {value})
            self.assertGreaterEqual(len(values), 2 * SECONDS - 2)

    def test_a_sub_cluster_that_is_renamed(self):
        def change(one):
            one["subClusters"][0]["name"] = "renamed"
        data, live, notes, report = self.live_through(change)
        self.expect_all(data)
        self.assertGreaterEqual(len(self.values(live["cpu_load", "node"])), 2 * SECONDS - 2)
        self.assertEqual(len(notes), 1, notes)
        self.assertIn("its sub-cluster main is not in cluster.json any more", notes[0])
        self.assertIn("its sub-cluster main is not in cluster.json any more", report)

    def test_hosts_that_are_moved_to_another_sub_cluster(self):
        def change(one):
            other = copy.deepcopy(one["subClusters"][0])
            other["name"] = "other"
            other["topology"]["socket"].reverse()
            one["subClusters"][0]["nodes"] = "n[002-200]"
            other["nodes"] = "n001"
            one["subClusters"].append(other)
        data, _, notes, _ = self.live_through(change)
        self.expect_all(data)
        self.assertEqual(notes, [])

    def test_a_topology_that_is_changed(self):
        def change(one):
            one["subClusters"][0]["topology"]["socket"] = [[2, 3], [0, 1]]
        data, live, _, _ = self.live_through(change)
        self.expect_all(data, (1100, 11))
        self.assertEqual(set(self.values(live["flops", "socket"], "0")), {1100})

    def test_a_topology_that_loses_an_element(self):
        def change(one):
            one["subClusters"][0]["topology"] = {"node": [0, 1, 2], "socket": [[0, 1], [2]],
                                                 "memoryDomain": [[0, 1], [2]], "core": [[0], [1], [2]]}
        data, _, notes, report = self.live_through(change)
        self.assertEqual(set(self.values(data["flops"]["hwthread"], "3")), {1000})
        self.assertTrue(any("hwthread 3 of n001 is not in the topology" in note for note in notes), notes)
        self.assertIn("hwthread 3 of n001 is not in the topology", report)

    def test_a_metric_that_is_removed(self):
        def change(one):
            del one["metricConfig"][2]
        data, live, notes, report = self.live_through(change)
        values = self.values(data["temp"]["node"])
        self.assertEqual(values, [5] * len(values))
        self.assertGreaterEqual(len(values), SECONDS - 2)  # what came later nobody knows
        self.assertIn(("temp", "node"), live)
        self.assertEqual(len(notes), 1, notes)
        self.assertIn("temp: cluster.json does not have it any more", notes[0])
        self.assertIn("temp: cluster.json does not have it any more", report)

    def test_a_time_step_that_is_changed(self):
        def change(one):
            for metric in one["metricConfig"]:
                metric["timestep"] = 10
        data, _, notes, report = self.live_through(change, step=10)
        self.assertEqual(data["cpu_load"]["node"]["timestep"], 1)
        values = self.values(data["cpu_load"]["node"])
        self.assertEqual(set(values), {5})
        self.assertGreaterEqual(len(values), SECONDS + SECONDS // 10 - 2)
        self.assertIn("cpu_load: measured every 1 s and every 10 s, though cluster.json says 10 s", notes[0])
        self.assertIn("measured every 1 s and every 10 s", report)


if __name__ == "__main__":
    sys.exit(run_and_count())
