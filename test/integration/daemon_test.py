#!/usr/bin/env python3
"""The real daemon and command line with a real broker: import, events, dead letters, TLS, signals,
systemd's notifications."""
import datetime
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case, cli, jobledgerd  # noqa: E402
from harness import (NatsClient, ROOT, build_folder, free_port, line_protocol, make_archive,  # noqa: E402
                     wait_for)
from report import run_and_count  # noqa: E402

SHARED_DATA = pathlib.Path(os.environ.get("JOBLEDGER_SHARED_DATA", ROOT / ".." / "shared" / "data" / "archive"))
START = 1_768_978_339


class LifeTest(Case):
    def test_start_and_orderly_end_on_a_port_of_the_systems_choice(self):
        server = self.broker()
        daemon = self.daemon(server.url, start=False, archive=make_archive(self.path / "archive"))
        text = daemon.config.read_text().replace(str(daemon.port), "0")
        daemon.config.write_text(text)
        addresses = self.path / "addresses"
        process = subprocess.Popen(daemon.command("--address-file", str(addresses)), stderr=subprocess.PIPE, text=True)
        try:
            wait_for("the address file", addresses.exists)
            url = addresses.read_text().split()[0]
            wait_for("readiness", lambda: cli("status", daemon=daemon).returncode == 0)
            self.assertIn("JOBID", self.run_ok("jobs", url=url))
            process.send_signal(signal.SIGTERM)
            _, errors = process.communicate(timeout=60)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.assertEqual(process.returncode, 0, errors)
        self.assertIn("ended status=0", errors)

    def test_systemd_hears_ready_and_stopping(self):
        server = self.broker()
        daemon = self.daemon(server.url, start=False, archive=make_archive(self.path / "archive"))
        address = self.path / "notify"
        heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(heard.close)
        heard.bind(str(address))
        heard.settimeout(60)
        environment = {**os.environ, "NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "400000"}
        process = subprocess.Popen(daemon.command(), env=environment, stderr=subprocess.DEVNULL)
        messages = []

        def hear(what):
            while not any(what in message for message in messages):
                messages.append(heard.recv(4096).decode())
        try:
            hear("READY=1")
            messages.clear()
            hear("WATCHDOG=1")
            process.send_signal(signal.SIGINT)
            hear("STOPPING=1")
            self.assertEqual(process.wait(timeout=60), 0)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()

    def test_a_broker_that_comes_later_is_found(self):
        port = free_port()
        daemon = self.daemon(f"nats://127.0.0.1:{port}", start=False, archive=make_archive(self.path / "archive"))
        daemon.start(wait=False)
        wait_for("the daemon to say why it is not ready", lambda: cli("status", daemon=daemon).returncode == 1)
        self.assertEqual(daemon.status_of("/readyz"), 503)
        self.assertNotEqual(daemon.get_json("/api/status")["ingest"]["mode"], "following")
        self.broker(port=port)
        wait_for("the log", lambda: daemon.get_json("/api/status")["ingest"]["mode"] == "following")
        daemon.wait_ready()

    def test_a_database_in_use_is_refused(self):
        server = self.broker()
        daemon = self.daemon(server.url, archive=make_archive(self.path / "archive"))
        second = self.path / "second.yaml"
        text = daemon.config.read_text().replace(str(daemon.port), str(free_port()))
        second.write_text(text.replace("control.sock", "second.sock"))
        result = jobledgerd("--config", second)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("cannot start", result.stderr)

    def test_nobody_at_home_is_status_3(self):
        for result in (cli("jobs", url=f"http://127.0.0.1:{free_port()}"), cli("--socket", self.path / "x", "status")):
            self.assertEqual(result.returncode, 3)
            self.assertIn("nobody answers", result.stderr)
        self.assertEqual(cli("simulate", "--nats", f"nats://127.0.0.1:{free_port()}", "--jobs", 1).returncode, 3)


class ControlSocketTest(Case):
    def jobledger(self, *arguments, **environment):
        return subprocess.run([str(build_folder() / "cli" / "jobledger"), *arguments], capture_output=True, text=True,
                              timeout=60, env={**os.environ, **environment})

    def test_the_command_line_finds_the_socket_and_says_when_it_needs_it(self):
        daemon = self.daemon(self.broker().url, archive=make_archive(self.path / "archive"))
        by_socket = {"JOBLEDGER_SOCKET": str(daemon.socket)}
        for command in (["status"], ["status", "--unmatched"], ["dead-letters", "list"], ["jobs"]):
            result = self.jobledger(*command, **by_socket)
            self.assertEqual(result.returncode, 0, result.stderr)
        by_url = {"JOBLEDGER_URL": daemon.url(""), "JOBLEDGER_SOCKET": ""}
        self.assertIn("JOBID", self.jobledger("jobs", **by_url).stdout)
        refused = self.jobledger("--url", daemon.url(""), "status", **by_socket)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("needs the daemon's control socket", refused.stderr)
        # No port serves it, whatever a client calls itself.
        for path in ("/api/status", "/api/dead-letters", "/api/import", "/api/debug"):
            self.assertEqual(daemon.status_of(path), 404)
            self.assertEqual(daemon.control(path)[0], 200)

    def test_a_socket_left_behind_by_a_daemon_that_died_is_replaced(self):
        daemon = self.daemon(self.broker().url, archive=make_archive(self.path / "archive"))
        daemon.kill()
        self.assertTrue(daemon.socket.is_socket())
        self.assertEqual(self.jobledger("--socket", str(daemon.socket), "status").returncode, 3)
        daemon.start()
        self.run_ok("status", daemon=daemon)
        self.assertEqual(daemon.end(), 0)
        self.assertFalse(daemon.socket.exists())

    def test_a_second_daemon_leaves_the_socket_of_the_first_alone(self):
        server = self.broker()
        daemon = self.daemon(server.url, archive=make_archive(self.path / "archive"))
        second = self.path / "second.yaml"
        text = daemon.config.read_text().replace(str(daemon.port), str(free_port()))
        second.write_text(text.replace(str(daemon.storage), str(self.path / "other")))
        result = jobledgerd("--config", second)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("http.socket: ", result.stderr)
        self.assertIn("another jobledgerd has it", result.stderr)
        self.run_ok("status", daemon=daemon)

    def test_without_a_control_socket_jobs_are_served_all_the_same(self):
        daemon = self.daemon(self.broker().url, start=False, archive=make_archive(self.path / "archive"))
        text = daemon.config.read_text()
        daemon.config.write_text(text.replace(f"socket: {daemon.socket}", 'socket: ""'))
        daemon.start(wait=False)
        wait_for("the daemon to be ready", daemon.ready)
        self.assertIn("JOBID", self.run_ok("jobs", url=daemon.url("")))
        self.assertEqual(daemon.end(), 0)
        daemon.config.write_text(text.replace(str(daemon.socket), "relative.sock"))
        result = daemon.run_once("--check-config")
        self.assertEqual(result.returncode, 3)
        self.assertIn("http.socket: ", result.stderr)


class TlsTest(Case):
    def start(self, listen, name):
        """A daemon with a certificate of its own making for `name`; its URL there."""
        certificate, key = self.path / "c.pem", self.path / "k.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=jobledger",
                        "-addext", f"subjectAltName={name}"], check=True, capture_output=True)
        daemon = self.daemon(self.broker().url, start=False, archive=make_archive(self.path / "archive"))
        text = daemon.config.read_text().replace(
            f"listen: 127.0.0.1:{daemon.port}", f"listen: {listen}:{daemon.port}\n  allow_unauthenticated_remote: true\n"
            f"  tls: {{certificate: {certificate}, key: {key}}}")
        daemon.config.write_text(text)
        daemon.start(wait=False)
        return f"https://{listen}:{daemon.port}", certificate

    def test_the_command_line_speaks_tls_on_this_machine(self):
        url, _ = self.start("127.0.0.1", "DNS:jobs.example.org")
        wait_for("an answer", lambda: cli("jobs", url=url).returncode == 0)
        self.assertIn("JOBID", self.run_ok("jobs", url=url))
        plain = cli("jobs", url=url.replace("https", "http"))
        self.assertEqual(plain.returncode, 3, plain.stdout)

    def test_elsewhere_the_certificate_must_be_good(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect(("192.0.2.1", 9))  # sends nothing
            except OSError:
                self.skipTest("this machine has no address but loopback")
            address = probe.getsockname()[0]
        url, certificate = self.start(address, f"IP:{address}")

        def jobs(**trust):
            return subprocess.run([str(build_folder() / "cli" / "jobledger"), "--url", url, "jobs"],
                                  capture_output=True, text=True, timeout=60, env={**os.environ, **trust})
        wait_for("the daemon to listen", lambda: "nobody answers" not in jobs().stderr)
        refused = jobs()
        self.assertEqual(refused.returncode, 3)
        self.assertIn("certificate problem", refused.stderr)
        wait_for("an answer over a connection that is trusted",
                 lambda: jobs(SSL_CERT_FILE=str(certificate)).returncode == 0)


class ImportTest(Case):
    def example(self, name, jobs=60, **more):
        folder = self.path / name
        options = [f"--{key.replace('_', '-')}={value}" for key, value in more.items()]
        self.run_ok("simulate", "--write-archive", folder, "--jobs", jobs, "--nodes", 8, "--gpu-nodes", 1, *options)
        return folder

    def count(self, daemon):
        return daemon.graphql("{ jobs(page: {itemsPerPage: 1, page: 1}) { count } }")["jobs"]["count"]

    def test_an_archive_is_there_after_init_db_and_after_a_restart(self):
        server = self.broker()
        daemon = self.daemon(server.url, start=False, archive=self.example("archive"))
        imported = daemon.run_once("--init-db", "--no-server")
        self.assertEqual(imported.returncode, 0, imported.stderr)
        for _ in range(2):
            daemon.start()
            self.assertEqual(self.count(daemon), 60)
            self.assertEqual(daemon.end(), 0)

    def test_init_db_twice_changes_nothing(self):
        server = self.broker()
        daemon = self.daemon(server.url, start=False, archive=self.example("archive"))
        self.assertEqual(daemon.run_once("--init-db", "--no-server").returncode, 0)
        again = daemon.run_once("--init-db", "--no-server")
        self.assertEqual(again.returncode, 0, again.stderr)
        daemon.start()
        self.assertEqual(self.count(daemon), 60)

    def test_another_tree_comes_in_through_the_running_daemon(self):
        server = self.broker()
        own = self.example("own", 20)
        other = self.example("other", 30, first_job_id=900001)
        daemon = self.daemon(server.url, archive=own)
        self.assertEqual(self.count(daemon), 0)
        out = self.run_ok("import", other, daemon=daemon)
        self.assertIn("30 imported", out)
        self.assertEqual(self.count(daemon), 30)
        self.assertIn("30 known before", self.run_ok("import", other, daemon=daemon))
        self.assertEqual(len(list(own.glob("demo/900/*/*/meta.json"))), 30)
        refused = cli("import", self.path / "absent", daemon=daemon)
        self.assertEqual(refused.returncode, 1, refused.stdout)

    def test_an_import_that_kill_9_cut_off_is_completed_by_repeating_it(self):
        server = self.broker()
        own, other = self.example("own", 1), self.example("other", 2000, first_job_id=900001)
        count = lambda root: len(list(root.glob("demo/*/*/*/meta.json")))  # noqa: E731
        before, jobs = count(own), count(other)
        daemon = self.daemon(server.url, archive=own, extra="archive.import_batch: 16")
        for cut_after in (50, 400, 900):
            self.run_ok("import", "--no-wait", other, daemon=daemon)
            wait_for("a part of the jobs in the tree",
                     lambda: count(own) >= before + cut_after)
            daemon.kill()
            daemon.start()
        out = self.run_ok("import", other, daemon=daemon)
        self.assertIn(f"{jobs} found", out)
        self.assertIn(" 0 skipped", out)
        self.assertEqual(self.count(daemon), jobs)
        self.assertEqual(count(own), before + jobs)
        self.assertIn(f"{jobs} known before, 0 skipped", self.run_ok("import", other, daemon=daemon))

    def test_the_real_archive_is_imported_with_every_job(self):
        if not SHARED_DATA.is_dir():
            self.skipTest(f"{SHARED_DATA} is not there (JOBLEDGER_SHARED_DATA)")
        import shutil
        archive = self.path / "archive"
        shutil.copytree(SHARED_DATA, archive)
        # The old cluster of these jobs names no footprint and no energy: made-up ones, real statistics.
        emmy = json.loads((archive / "emmy" / "cluster.json").read_text())
        for metric in emmy["metricConfig"]:
            metric |= {"mem_bw": {"footprint": "max"}, "cpu_load": {"footprint": "avg"},
                       "mem_used": {"energy": "power"}}.get(metric["name"], {})
        (archive / "emmy" / "cluster.json").write_text(json.dumps(emmy))
        server = self.broker()
        daemon = self.daemon(server.url, start=False, archive=archive)
        imported = daemon.run_once("--init-db", "--no-server")
        self.assertEqual(imported.returncode, 0, imported.stderr)
        daemon.start()
        jobs = daemon.graphql("""{ jobs(order: {field: "jobId", type: "col", order: ASC}) { count items {
            jobId user project cluster subCluster partition shared state startTime duration walltime numNodes
            numHWThreads numAcc SMT arrayJobId monitoringStatus energy tags { name } metaData
            resources { hostname hwthreads accelerators configuration } footprint { name stat value }
            energyFootprint { metric value } } } }""")["jobs"]
        metas = [json.loads(path.read_text()) for path in sorted(archive.glob("*/*/*/*/meta.json"))]
        metas.sort(key=lambda meta: meta["jobId"])
        self.assertEqual(jobs["count"], len(metas), imported.stderr)
        clusters = {path.parent.name: json.loads(path.read_text()) for path in archive.glob("*/cluster.json")}
        for job, meta in zip(jobs["items"], metas):
            self.assertEqual(job, self.expected_fields(meta, clusters[meta["cluster"]]))
            self.assertEqual((len(job["footprint"]), len(job["energyFootprint"])), (2, 1))

    def expected_fields(self, meta, cluster):
        """Every field of an archived job's list entry, worked out from its files alone."""
        effective = []
        for metric in cluster["metricConfig"]:
            own = [entry for entry in metric.get("subClusters") or [] if entry["name"] == meta["subCluster"]]
            if not own or not own[-1].get("remove"):
                effective.append({**metric, "footprint": "", "energy": "", **own[-1], "name": metric["name"]}
                                 if own else metric)
        footprint, energy = [], []
        for metric in effective:
            statistic = meta["statistics"].get(metric["name"])
            if statistic and metric.get("footprint"):
                footprint.append({"name": metric["name"], "stat": metric["footprint"],
                                  "value": statistic[metric["footprint"]]})
            if statistic and metric.get("energy") == "power":
                kwh = round(statistic["avg"] * meta["numNodes"] * meta["duration"] / 3600 / 1000, 2)
                energy.append({"metric": metric["name"], "value": kwh})
        start = datetime.datetime.fromtimestamp(meta["startTime"], datetime.timezone.utc)
        return {
            **{name: meta[name] for name in ("jobId", "user", "project", "cluster", "subCluster", "partition", "shared",
                                             "duration", "walltime", "numNodes")},
            "state": meta["jobState"], "startTime": start.strftime("%Y-%m-%dT%H:%M:%SZ"), "monitoringStatus": 3,
            "numHWThreads": meta.get("numHwthreads", 0), "numAcc": meta.get("numAcc", 0), "SMT": meta.get("smt", 0),
            "arrayJobId": meta.get("arrayJobId", 0), "metaData": meta.get("metaData"),
            "tags": [{"name": tag["name"]} for tag in meta["tags"]],
            "resources": [{"hostname": node["hostname"], "hwthreads": node.get("hwthreads"), "configuration": "",
                           "accelerators": node.get("accelerators")} for node in meta["resources"]],
            "footprint": sorted(footprint, key=lambda value: f"{value['name']}_{value['stat']}"),
            "energyFootprint": sorted(energy, key=lambda value: value["metric"]),
            "energy": round(sum(value["value"] for value in energy), 2),
        }


class EventsTest(Case):
    def test_a_simulated_cluster_with_faults_is_followed_to_the_last_job(self):
        server = self.broker()
        archive = self.path / "archive"
        shape = ["--nodes", 16, "--gpu-nodes", 2]
        self.run_ok("simulate", "--write-archive", archive, "--jobs", 1, *shape)
        daemon = self.daemon(server.url, archive=archive)
        out = self.run_ok("simulate", "--nats", server.url, "--jobs", 300, "--rate", "max", "--duplicates", 0.1,
                          "--swapped", 0.1, "--malformed", 0.05, *shape)
        counts = dict(reversed(part.split(" ", 1)) for part in out.strip().split(": ")[1].split(", "))
        self.assertEqual(counts["starts"], counts["stops"], out)
        client = NatsClient(server.port)
        self.addCleanup(client.close)
        self.settle(daemon, client.stream_messages("JOBLEDGER_EVENTS"))
        page = daemon.graphql("""{ jobs(page: {itemsPerPage: 1000, page: 1}) { count items {
            jobId cluster startTime state monitoringStatus } } }""")["jobs"]
        self.assertEqual(page["count"], int(counts["starts"]))
        self.assertEqual({job["monitoringStatus"] for job in page["items"]}, {3})
        self.assertNotIn("running", {job["state"] for job in page["items"]})
        ids = {job["jobId"] for job in page["items"]}
        archived = {json.loads(path.read_text())["jobId"] for path in archive.glob("demo/*/*/*/meta.json")}
        self.assertTrue(ids <= archived)
        self.assertEqual(daemon.metric("jobledger_dead_letters"), int(counts["malformed"]))
        self.assertEqual(daemon.metric("jobledger_jobs"), page["count"])
        listed = self.run_ok("jobs", "--limit", 1000, daemon=daemon).splitlines()
        self.assertEqual(len(listed), page["count"] + 1)
        one = page["items"][0]["jobId"]
        self.assertIn(f"Job {one} on demo", self.run_ok("job", one, daemon=daemon))
        self.assertEqual(cli("job", 1, daemon=daemon).returncode, 1)

    def test_the_metrics_that_the_readme_names_are_there(self):
        import re
        server = self.broker()
        # Some are there once what they count has a name: a store of others, a metric that nobody knows, a member
        # that is dropped.
        daemon = self.daemon(server.url, archive=make_archive(self.path / "archive"),
                             more='sources:\n  external:\n    - {scope: elsewhere, url: "http://127.0.0.1:1"}\n')
        line = f"nonsense,cluster=testcluster,hostname=n001,type=node value=1 {int(time.time())}"
        client = NatsClient(server.port)
        self.addCleanup(client.close)
        job = {"jobId": 7, "user": "eve", "project": "abc", "cluster": "testcluster", "numNodes": 1, "walltime": -1,
               "resources": [{"hostname": "n001"}], "startTime": START}
        client.publish_all([("hpc-nats", line.encode()),
                            ("cc.job.event", line_protocol("job", {"function": "start_job"}, job, START))])
        wait_for("the unknown metric", lambda: daemon.metric("jobledger_ingest_metric_unmatched_lines_total"))
        wait_for("the dropped member", lambda: daemon.metric("jobledger_ingest_dropped_members_total"))
        named = set(re.findall(r"`(jobledger_\w+)`", (ROOT / "README.md").read_text()))
        self.assertGreater(len(named), 5)
        text = daemon.get("/metrics")
        self.assertEqual({name for name in named if not re.search(rf"^{name}[ {{]", text, re.M)}, set())
        for what in ("commit_seconds", "graphql_seconds", "rocksdb", "memory_bytes", "parked_stops",
                     "ingest_events_total", "ingest_dead_letters_total", "http_requests_total"):
            self.assertRegex(text, rf"(?m)^jobledger_{what}", what)

    def test_a_dead_letter_is_listed_shown_retried_and_dropped(self):
        server = self.broker()
        daemon = self.daemon(server.url, archive=make_archive(self.path / "archive"))
        client = NatsClient(server.port)
        self.addCleanup(client.close)
        self.assertIn("no dead letters", self.run_ok("dead-letters", "list", daemon=daemon))
        job = {"jobId": 7, "user": "eve", "project": "abc", "cluster": "nowhere", "numNodes": 1,
               "resources": [{"hostname": "n001"}], "startTime": START}
        client.publish_all([("cc.job.event", b"garbage"),
                            ("cc.job.event", line_protocol("job", {"function": "start_job"}, job, START))])
        wait_for("two dead letters", lambda: daemon.metric("jobledger_dead_letters") == 2)
        listed = self.run_ok("dead-letters", "list", daemon=daemon).splitlines()
        self.assertEqual(len(listed), 3, listed)
        garbage, unknown = (line.split()[0] for line in listed[1:])
        shown = self.run_ok("dead-letters", "show", garbage, daemon=daemon)
        self.assertIn("payload   garbage", shown)
        self.assertIn("nowhere", self.run_ok("dead-letters", "show", unknown, daemon=daemon))
        retried = cli("dead-letters", "retry", unknown, daemon=daemon)
        self.assertEqual(retried.returncode, 1, retried.stdout)
        self.assertIn("nowhere", retried.stderr)
        self.run_ok("dead-letters", "drop", garbage, daemon=daemon)
        self.assertEqual(daemon.metric("jobledger_dead_letters"), 1)
        self.assertEqual(cli("dead-letters", "show", garbage, daemon=daemon).returncode, 1)
        # With the cluster known the same letter applies.
        cluster = json.loads((daemon.archive / "testcluster" / "cluster.json").read_text())
        (daemon.archive / "nowhere").mkdir()
        (daemon.archive / "nowhere" / "cluster.json").write_text(json.dumps({**cluster, "name": "nowhere"}))
        self.assertEqual(daemon.end(), 0)
        daemon.start()
        self.assertIn("1 of 1 dead letters applied", self.run_ok("dead-letters", "retry", "--all", daemon=daemon))
        self.assertEqual(daemon.metric("jobledger_dead_letters"), 0)
        self.assertIn("Job 7 on nowhere", self.run_ok("job", 7, daemon=daemon))

    def test_events_published_while_the_daemon_is_down_are_there_after_it_starts(self):
        server = self.broker()
        daemon = self.daemon(server.url, archive=make_archive(self.path / "archive"))
        self.assertEqual(daemon.end(), 0)
        client = NatsClient(server.port)
        self.addCleanup(client.close)
        for number in range(1, 51):
            job = {"jobId": number, "user": "eve", "project": "abc", "cluster": "testcluster", "numNodes": 1,
                   "resources": [{"hostname": "n001"}], "startTime": START + number}
            client.publish("cc.job.event", line_protocol("job", {"function": "start_job"}, job, START))
        client.flush()
        daemon.start()
        wait_for("50 running jobs", lambda: daemon.metric("jobledger_jobs_running") == 50)


if __name__ == "__main__":
    sys.exit(run_and_count())
