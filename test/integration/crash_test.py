#!/usr/bin/env python3
"""Nothing accepted is lost, nothing counts twice: the daemon is killed at random moments while
events flow; then the broker restarts, the stream is deleted, the disk fills up, the archive is
read-only. At the end the index equals that of an undisturbed run, job by job.

Environment: CRASH_ROUNDS (20), CRASH_JOBS (12000), CRASH_SEED (random, printed).
"""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness import Daemon, NatsClient, NatsServer, make_archive, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402
from workload import Workload  # noqa: E402

ROUNDS = int(os.environ.get("CRASH_ROUNDS", "20"))
JOBS = int(os.environ.get("CRASH_JOBS", "12000"))
SEED = int(os.environ.get("CRASH_SEED", random.randrange(1 << 30)))
STREAM = "JOBLEDGER_EVENTS"

FIELDS = """id jobId user project cluster subCluster partition startTime walltime numNodes numHWThreads numAcc SMT
 shared arrayJobId monitoringStatus state energy tags {type name scope} resources {hostname hwthreads accelerators}
 metaData footprint {name stat value}"""
PAGE = """query($page: Int!, $state: [JobState!]) { jobs(filter: [{state: $state}], page: {itemsPerPage: 1000, page: $page},
 order: {field: "id", type: "col", order: ASC}) { items { %s } count hasNextPage } }"""
FINAL = ["boot_fail", "cancelled", "completed", "deadline", "failed", "node_fail", "out_of_memory", "preempted",
         "suspended", "timeout"]


def read_jobs(daemon):
    """Every job with every field; the live duration of running jobs left out."""
    jobs = []
    for states, fields in ((["running"], FIELDS), (FINAL, FIELDS + " duration")):
        page = 1
        while True:
            answer = daemon.graphql(PAGE % fields, page=page, state=states)["jobs"]
            jobs += answer["items"]
            if not answer["hasNextPage"]:
                assert answer["count"] == len(answer["items"]) + 1000 * (page - 1)
                break
            page += 1
    return {(job["jobId"], job["startTime"]): job for job in jobs}


def dead_letters(daemon):
    letters, after = [], 0
    while True:
        page = daemon.get_json(f"/api/dead-letters?after={after}&limit=1000")["items"]
        if not page:
            return letters
        letters += page
        after = page[-1]["id"]


def settled(daemon, client):
    """True when everything in the log is applied and archived."""
    last = client.stream_messages(STREAM)
    status = daemon.get_json("/api/status")
    return 0 < last == status["ingest"]["position"] and status["jobs"]["archive_due"] == 0


class CrashTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="jobledger-crash-")
        self.path = pathlib.Path(self.folder.name)
        self.random = random.Random(SEED)
        self.cleanups = []

    def tearDown(self):
        if any(error for _, error in self._outcome.result.failures + self._outcome.result.errors):
            for log in sorted(self.path.glob("*/daemon.log")):
                print(f"--- {log.parent.name}", *log.read_text(errors="replace").splitlines()[-40:], sep="\n")
        for undo in reversed(self.cleanups):
            undo()
        self.folder.cleanup()

    def broker(self, name="broker"):
        (self.path / name).mkdir()
        server = NatsServer(self.path / name)
        self.cleanups.append(lambda: server.process and server.end())
        return server

    def daemon(self, name, server, **options):
        options.setdefault("archive", self.path / name / "archive")
        make_archive(options["archive"])
        daemon = Daemon(self.path / name, server.url, **options)
        self.cleanups.append(lambda: daemon.process and daemon.kill())
        return daemon

    def undisturbed(self, messages):
        server = self.broker("calm-broker")
        daemon = self.daemon("calm", server)
        daemon.start()
        client = NatsClient(server.port)
        client.publish_all(messages)
        wait_for("the calm run to settle", lambda: settled(daemon, client), 300)
        jobs, letters = read_jobs(daemon), dead_letters(daemon)
        daemon.end()
        server.end()
        return jobs, letters

    def compare(self, daemon, workload, calm):
        jobs, letters = read_jobs(daemon), dead_letters(daemon)
        calm_jobs, calm_letters = calm
        self.assertEqual({(job["jobId"]): job["state"] for job in jobs.values()},
                         {key[0]: state for key, state in workload.jobs.items()})
        self.assertEqual(len(jobs), len(workload.jobs))
        for key, job in calm_jobs.items():
            self.assertEqual(jobs.get(key), job)
        self.assertEqual(len(letters), workload.malformed)
        self.assertEqual([letter["reason"] for letter in letters], [letter["reason"] for letter in calm_letters])
        self.check_archive(daemon, jobs)

    def check_archive(self, daemon, jobs):
        """Every finished job has a complete directory, and nothing else is in the tree."""
        wanted = {(job["jobId"]) for job in jobs.values() if job["state"] != "running"}
        found = set()
        for meta in (daemon.archive / "testcluster").glob("*/*/*/*"):
            if meta.name not in ("meta.json", "data.json", "data.json.gz"):
                self.fail(f"left behind: {meta}")
        for start in (daemon.archive / "testcluster").glob("*/*/*"):
            meta = json.loads((start / "meta.json").read_text())
            self.assertTrue((start / "data.json").exists() or (start / "data.json.gz").exists())
            self.assertEqual(str(meta["startTime"]), start.name)
            self.assertEqual(meta["monitoringStatus"], 3)
            self.assertEqual(meta["submitTime"], meta["startTime"] - 30)
            found.add(meta["jobId"])
        self.assertEqual(found, wanted)

    def publish_in_background(self, server, messages):
        def publish():
            client = NatsClient(server.port)
            for begin in range(0, len(messages), 200):
                client.publish_all(messages[begin:begin + 200])
            client.close()
        thread = threading.Thread(target=publish)
        thread.start()
        return thread

    def test_kill_at_random_moments(self):
        workload = Workload(SEED, JOBS)
        calm = self.undisturbed(workload.messages)
        server = self.broker()
        daemon = self.daemon("rough", server)
        daemon.start()  # makes the stream
        client = NatsClient(server.port)
        share = len(workload.messages) // ROUNDS + 1
        for round_number in range(ROUNDS):
            part = workload.messages[round_number * share:(round_number + 1) * share]
            before = client.stream_messages(STREAM)
            publisher = self.publish_in_background(server, part)
            moment = self.random.randrange(len(part) + 1)
            wait_for("the moment to kill", lambda: client.stream_messages(STREAM) >= before + moment)
            threading.Event().wait(self.random.uniform(0, 0.15))
            daemon.kill()
            publisher.join()
            daemon.start(wait=self.random.random() < 0.5)
        daemon.wait_ready()
        wait_for("the rough run to settle", lambda: settled(daemon, client), 300)
        self.compare(daemon, workload, calm)

    def test_events_of_a_pause_are_there_after_start(self):
        workload = Workload(SEED + 1, 500)
        server = self.broker()
        daemon = self.daemon("paused", server)
        daemon.start()
        self.assertEqual(daemon.end(), 0)
        client = NatsClient(server.port)
        client.publish_all(workload.messages)
        daemon.start()
        wait_for("the events of the pause", lambda: settled(daemon, client))
        self.assertEqual(len(read_jobs(daemon)), len(workload.jobs))

    def test_broker_restarts_while_events_flow(self):
        workload = Workload(SEED + 2, 4000)
        calm = self.undisturbed(workload.messages)
        server = self.broker()
        daemon = self.daemon("restarts", server)
        daemon.start()
        half = len(workload.messages) // 2
        for number, part in enumerate((workload.messages[:half], workload.messages[half:])):
            client = NatsClient(server.port)
            client.publish_all(part)
            server.restart()
        client = NatsClient(server.port)
        wait_for("the run to settle", lambda: settled(daemon, client), 120)
        self.compare(daemon, workload, calm)

    def test_stream_deleted_and_created_again(self):
        workload = Workload(SEED + 3, 2000)
        calm = self.undisturbed(workload.messages)
        server = self.broker()
        daemon = self.daemon("recreated", server)
        daemon.start()
        client = NatsClient(server.port)
        client.publish_all(workload.messages)
        wait_for("the first stream to settle", lambda: settled(daemon, client))
        self.assertTrue(client.jetstream(f"STREAM.DELETE.{STREAM}").get("success"))
        wait_for("the daemon to make the stream again",
                 lambda: "error" not in client.jetstream(f"STREAM.INFO.{STREAM}"))
        good = [m for m in workload.messages if b"start_job" in m[1] and b"requestedMemory" in m[1]]
        client.publish_all(good)  # every start again: repeats
        more = Workload(SEED + 4, 500, first_job_id=1_000_000)
        client.publish_all(more.messages)
        wait_for("the second stream to settle", lambda: settled(daemon, client))
        jobs = read_jobs(daemon)
        for key, job in calm[0].items():
            self.assertEqual(jobs.get(key), job)
        self.assertEqual(len(jobs), len(workload.jobs) + len(more.jobs))
        self.check_archive(daemon, jobs)
        self.assertEqual(len(dead_letters(daemon)), workload.malformed + more.malformed)

    def mount_tmpfs(self, name, size):
        place = self.path / name
        place.mkdir()
        if os.geteuid() != 0 or subprocess.run(
                ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True).returncode:
            self.skipTest("mounting a tmpfs needs root")
        self.cleanups.insert(0, lambda: subprocess.run(["umount", "-l", str(place)], check=False))
        return place

    def test_disk_full(self):
        workload = Workload(SEED + 5, 6000)
        calm = self.undisturbed(workload.messages)
        disk = self.mount_tmpfs("small", "96m")
        server = self.broker()
        daemon = self.daemon("full", server, storage=disk / "db", extra="storage.min_free_bytes: 4MB")
        daemon.start()
        client = NatsClient(server.port)
        half = len(workload.messages) // 2
        client.publish_all(workload.messages[:half])
        ballast = disk / "ballast"
        with open(ballast, "wb") as out:  # all the room there is
            try:
                while True:
                    out.write(b"x" * 65536)
                    out.flush()
            except OSError:
                pass
        client.publish_all(workload.messages[half:])
        wait_for("the daemon to say that it cannot write", lambda: daemon.status_of("/readyz") == 503)
        self.assertEqual(daemon.status_of("/healthz"), 200)
        daemon.graphql("{ jobs(page: {itemsPerPage: 1, page: 1}) { count } }")  # reading goes on
        ballast.unlink()
        wait_for("the run to settle", lambda: settled(daemon, client), 60)
        self.compare(daemon, workload, calm)

    def test_read_only_archive(self):
        workload = Workload(SEED + 6, 2000)
        calm = self.undisturbed(workload.messages)
        disk = self.mount_tmpfs("archive-disk", "256m")
        server = self.broker()
        daemon = self.daemon("read-only", server, archive=disk / "archive")
        daemon.start()
        client = NatsClient(server.port)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        client.publish_all(workload.messages)
        wait_for("all events to be applied", lambda: daemon.get_json("/api/status")["ingest"]["position"]
                 >= client.stream_messages(STREAM))
        self.assertGreater(daemon.get_json("/api/status")["jobs"]["archive_due"], 0)
        daemon.kill()
        daemon.start(wait=False)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        daemon.wait_ready()
        wait_for("the archive to be complete", lambda: settled(daemon, client), 120)
        self.compare(daemon, workload, calm)


if __name__ == "__main__":
    print(f"seed {SEED}, {ROUNDS} rounds, {JOBS} jobs", flush=True)
    sys.exit(run_and_count())
