#!/usr/bin/env python3
"""A daemon whose database the disk damages: it goes on, has it repaired, and says what is lost."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case  # noqa: E402
from harness import NatsClient, start_event, stop_event, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402

START = 1_768_978_339
STREAM = "JOBLEDGER_EVENTS"
QUICK = ("archive.metrics_settle: 0s\narchive.retry_min: 20ms\narchive.retry_max: 50ms\n"
         "storage.scrub_bytes_per_second: 1GiB")
RUNNING = 7  # a job that has not stopped; all others are archived


class DamageTest(Case):
    def setUp(self):
        super().setUp()
        self.server = self.broker()
        self.client = NatsClient(self.server.port)
        self.addCleanup(self.client.close)
        self.daemon_of_case = self.daemon(self.server.url, extra=QUICK)

    def run_jobs(self, first, last):
        for job_id in range(first, last + 1):
            self.client.publish_all([start_event(job_id, START + job_id)])
            if job_id != RUNNING:
                self.client.publish_all([stop_event(job_id, START + job_id + 60)])
        self.settle(self.daemon_of_case, self.client.stream_messages(STREAM))

    def jobs(self):
        """What is said of each job, by its number; how long a running one runs is left out."""
        answer = self.daemon_of_case.graphql(
            "{jobs(page:{page:1,itemsPerPage:100}){items{jobId user state duration metaData resources{hostname}}}}")
        items = answer["jobs"]["items"]
        return {item["jobId"]: {**item, "duration": None} if item["state"] == "running" else item for item in items}

    def tables(self, family):
        """The property of the family's name ends so, and its value follows."""
        mark = b"name" + family.encode()
        return [path for path in self.daemon_of_case.storage.glob("*.sst") if mark in path.read_bytes()]

    def flip(self, family):
        paths = self.tables(family)
        self.assertTrue(paths, family)
        for path in paths:
            with open(path, "r+b") as file:
                file.seek(40)
                byte = file.read(1)[0]
                file.seek(40)
                file.write(bytes([byte ^ 4]))
        return paths

    def restart(self):
        self.assertEqual(self.daemon_of_case.end(), 0)
        self.daemon_of_case.start()

    def test_records_come_back_from_the_archive_and_the_rest_is_named(self):
        daemon = self.daemon_of_case
        self.run_jobs(1, 20)
        self.restart()  # what was in the log is in tables now
        before = self.jobs()
        self.assertEqual(daemon.end(), 0)
        self.flip("jobs")
        daemon.start()
        wait_for("the damage to be found", lambda: daemon.metric("jobledger_damaged_tables") >= 1)
        wait_for("the archive to give records back", lambda: daemon.metric("jobledger_damaged_jobs") == 1)
        for _ in range(2):
            after = self.jobs()
            self.assertIn("jobledgerDamage", after[RUNNING]["metaData"])
            self.assertEqual(after[RUNNING]["user"], before[RUNNING]["user"])
            for job_id in before:
                if job_id != RUNNING:
                    self.assertEqual(after[job_id], before[job_id])
            self.run_jobs(max(before) + 1, max(before) + 5)
            before = {**self.jobs(), RUNNING: before[RUNNING]}
            self.restart()

    def test_a_running_daemon_repairs_its_state_and_rows(self):
        daemon = self.daemon_of_case
        self.run_jobs(1, 20)
        self.restart()
        before = self.jobs()
        for family in ("rows", "default"):
            # A table that was given up meanwhile by the database itself is no damage.
            flipped = self.flip(family)
            wait_for("the damaged tables to be gone", lambda: not any(path.exists() for path in flipped))
            wait_for("the answers of before", lambda: self.jobs() == before)
        self.assertGreaterEqual(daemon.metric("jobledger_damaged_tables"), 1)
        self.run_jobs(21, 25)
        self.restart()
        after = self.jobs()
        self.assertEqual({job_id: after[job_id] for job_id in before}, before)
        self.assertEqual(len(after), 25)
        self.assertEqual(daemon.metric("jobledger_damaged_jobs"), 0)


if __name__ == "__main__":
    sys.exit(run_and_count())
