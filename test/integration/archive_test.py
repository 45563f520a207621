#!/usr/bin/env python3
"""An archive that is not there, not whole, or another one than before: nothing is lost, nothing goes
into the wrong folder, and it is told."""
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case  # noqa: E402
from harness import CLUSTER, NatsClient, make_archive, start_event, stop_event, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402

START = 1_768_978_339
STREAM = "JOBLEDGER_EVENTS"
QUICK = "archive.look: 50ms\narchive.metrics_settle: 0s\narchive.retry_min: 20ms\narchive.retry_max: 50ms"
OTHER = {**CLUSTER, "name": "other"}


class ArchiveCase(Case):
    def setUp(self):
        super().setUp()
        self.server = self.broker()
        self.client = NatsClient(self.server.port)
        self.addCleanup(self.client.close)
        self.archive = self.path / "archive"

    def begin(self, start=True, **options):
        options.setdefault("extra", QUICK)
        return self.daemon(self.server.url, start=start, archive=self.archive, **options)

    def run_job(self, job_id, cluster="testcluster"):
        self.client.publish_all([start_event(job_id, START + job_id, cluster),
                                 stop_event(job_id, START + job_id + 60, cluster)])

    def settle_all(self, daemon):
        self.settle(daemon, self.client.stream_messages(STREAM))

    def archived(self, job_id, root=None, cluster="testcluster"):
        return ((root or self.archive) / cluster / "0" / f"{job_id:03d}" / str(START + job_id) / "meta.json").exists()

    def used(self, clusters=(CLUSTER,)):
        """A daemon that archived job 1 of each cluster and was ended."""
        make_archive(self.archive, clusters)
        daemon = self.begin()
        for number, cluster in enumerate(clusters):
            self.run_job(1 + number, cluster["name"])
        self.settle_all(daemon)
        self.assertEqual(daemon.end(), 0)
        return daemon

    def expect_waiting(self, daemon, words):
        """It is up, not ready for that reason, and leaves the log alone."""
        daemon.start(wait=False)
        wait_for(f"a reason with {words!r}", lambda: words in daemon.reasons())
        self.assertEqual(daemon.status_of("/readyz"), 503)
        wait_for("the log to be followed", lambda: self.ingest(daemon)["mode"] == "following")
        position = self.ingest(daemon)["position"]
        self.run_job(7)
        end = self.client.stream_messages(STREAM)
        wait_for("the log to be held up", lambda: self.ingest(daemon)["held_up"] == "archive_not_there")
        wait_for("the new events to be seen", lambda: self.ingest(daemon)["last_sequence"] == end)
        self.assertEqual(self.ingest(daemon)["position"], position)

    def ingest(self, daemon):
        return daemon.get_json("/api/status")["ingest"]

    def expect_going_on(self, daemon, job_id=7):
        daemon.wait_ready()
        self.settle_all(daemon)
        self.assertTrue(self.archived(job_id))
        self.assertEqual(daemon.metric("jobledger_dead_letters"), 0)
        self.assertEqual(self.ingest(daemon)["held_up"], "")


class StartTest(ArchiveCase):
    def test_an_archive_that_is_not_mounted_holds_the_log(self):
        daemon = self.used()
        self.archive.rename(self.path / "away")
        for bare in (False, True):
            if bare:
                self.archive.mkdir()
            self.expect_waiting(daemon, "archive")
            self.assertEqual(daemon.graphql("{ jobs { count } }")["jobs"]["count"], 1)
            self.assertEqual(daemon.end(), 0)
            self.assertEqual(self.archive.exists() and list(self.archive.iterdir()), [] if bare else False)
        self.expect_waiting(daemon, "version.txt")
        self.archive.rmdir()
        (self.path / "away").rename(self.archive)
        self.expect_going_on(daemon)

    def test_an_archive_without_a_cluster_holds_the_log_until_there_is_one(self):
        daemon = self.begin(start=False, extra=QUICK + "\narchive.create: true")
        self.expect_waiting(daemon, "no cluster is there")
        self.assertEqual((self.archive / "version.txt").read_text(), "3\n")
        make_archive(self.archive)
        self.expect_going_on(daemon)

    def test_nobody_but_the_administrator_makes_an_archive(self):
        daemon = self.begin(start=False)
        self.expect_waiting(daemon, "archive")
        self.assertEqual(daemon.end(), 0)
        self.assertFalse(self.archive.exists())
        made = daemon.run_once("--init-db", "--no-server")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assertEqual((self.archive / "version.txt").read_text(), "3\n")

    def test_not_even_the_administrator_makes_one_where_another_is_known(self):
        daemon = self.used()
        self.archive.rename(self.path / "away")
        self.archive.mkdir()
        refused = daemon.run_once("--init-db", "--no-server")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("version.txt", refused.stderr)
        self.assertEqual(list(self.archive.iterdir()), [])
        # An archive of another site is none of ours either.
        make_archive(self.archive, [OTHER])
        refused = daemon.run_once("--init-db", "--no-server")
        self.assertEqual(refused.returncode, 1, refused.stderr)
        self.assertIn("cluster testcluster is missing", refused.stderr)

    def test_one_of_two_clusters_that_is_missing_holds_the_log_unless_it_was_given_up(self):
        daemon = self.used([CLUSTER, OTHER])
        (self.archive / "other").rename(self.path / "away")
        self.expect_waiting(daemon, "cluster other is missing")
        self.assertEqual(daemon.end(), 0)
        daemon.config.write_text(daemon.config.read_text().replace(
            "archive:\n", "archive:\n  retired_clusters: [other]\n"))
        daemon.start()
        self.expect_going_on(daemon)

    def test_a_cluster_that_cannot_be_read_holds_the_log_until_it_can(self):
        daemon = self.used()
        file = self.archive / "testcluster" / "cluster.json"
        whole = file.read_text()
        for damage in (whole[:len(whole) // 2], "", whole.replace('"testcluster"', '"another"')):
            file.write_text(damage)
            self.expect_waiting(daemon, "cluster.json")
            file.write_text(whole)
            self.expect_going_on(daemon)
            self.assertEqual(daemon.end(), 0)

    def test_a_version_that_is_missing_or_another_holds_the_log(self):
        daemon = self.used()
        file = self.archive / "version.txt"
        for version in (None, "2\n", "4\n", ""):
            if version is None:
                file.unlink()
            else:
                file.write_text(version)
            self.expect_waiting(daemon, "version")
            self.assertEqual(file.read_text() if file.exists() else None, version)
            self.assertEqual(daemon.end(), 0)
        file.write_text("3\n")
        daemon.start()
        self.expect_going_on(daemon)

    def test_a_daemon_that_waits_for_its_archive_ends_in_order(self):
        daemon = self.begin(start=False, extra="archive.look: 1h")
        self.expect_waiting(daemon, "archive")
        self.assertEqual(daemon.end(), 0)


class RunningTest(ArchiveCase):
    def elsewhere(self, daemon, undo, hidden):
        """The path leads to another folder: no job goes anywhere until undo()."""
        wait_for("the reason", lambda: "another folder or file system" in daemon.reasons())
        self.assertEqual(daemon.status_of("/readyz"), 503)
        self.run_job(8)
        wait_for("the stop", lambda: daemon.get_json("/api/status")["jobs"]["archive_due"] == 1)
        wait_for("a try", lambda: "another folder" in self.ingest(daemon)["archive_problem"])
        self.assertFalse(self.archived(8))
        self.assertFalse(hidden and self.archived(8, hidden))
        undo()
        self.expect_going_on(daemon, 8)

    def test_a_folder_in_place_of_the_archive_gets_no_job(self):
        make_archive(self.archive)
        daemon = self.begin()
        self.archive.rename(self.path / "away")
        make_archive(self.archive)

        def undo():
            shutil.rmtree(self.archive)
            (self.path / "away").rename(self.archive)
        self.elsewhere(daemon, undo, self.path / "away")

    def test_a_link_that_is_turned_gets_no_job(self):
        first, second = make_archive(self.path / "first"), make_archive(self.path / "second")
        self.archive.symlink_to(first)
        daemon = self.begin()

        def turn(target):
            self.archive.unlink()
            self.archive.symlink_to(target)
        turn(second)
        self.elsewhere(daemon, lambda: turn(first), first)

    def test_a_file_system_mounted_over_the_archive_or_taken_away_gets_no_job(self):
        make_archive(self.archive)
        if os.geteuid() != 0 or self.mount().returncode != 0:
            self.skipTest("only root may mount")
        self.unmount()
        daemon = self.begin()
        self.mount()
        self.addCleanup(self.unmount)
        self.elsewhere(daemon, self.unmount, None)
        self.assertEqual(daemon.end(), 0)
        # The other way round: the archive is what was mounted.
        self.mount()
        make_archive(self.archive)
        staging = f"\narchive.staging: {self.archive}/.staging"
        daemon.config.write_text(daemon.config.read_text().replace("archive:\n", f"archive:\n  {staging[9:]}\n"))
        daemon.start()
        self.run_job(9)
        self.settle_all(daemon)
        self.assertTrue(self.archived(9))
        self.unmount()
        wait_for("the reason", lambda: "another folder or file system" in daemon.reasons())
        self.run_job(10)
        wait_for("the stop", lambda: daemon.get_json("/api/status")["jobs"]["archive_due"] == 1)
        wait_for("a try", lambda: "another folder" in self.ingest(daemon)["archive_problem"])
        self.assertFalse(self.archived(10))

    def mount(self):
        return subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(self.archive)], capture_output=True)

    def unmount(self):
        subprocess.run(["umount", "-l", str(self.archive)], capture_output=True)

    def test_the_new_folder_is_taken_after_a_restart(self):
        make_archive(self.archive)
        daemon = self.begin()
        self.archive.rename(self.path / "away")
        shutil.copytree(self.path / "away", self.archive)
        wait_for("the reason", lambda: "restart the daemon" in daemon.reasons())
        self.run_job(8)
        self.assertEqual(daemon.end(), 0)
        daemon.start()
        self.expect_going_on(daemon, 8)
        self.assertFalse(self.archived(8, self.path / "away"))


if __name__ == "__main__":
    sys.exit(run_and_count())
