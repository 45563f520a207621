"""What test cases with a real daemon and command line share."""
import pathlib
import subprocess
import tempfile
import unittest

from harness import Daemon, NatsServer, build_folder, wait_for


def cli(*arguments, daemon=None, url=None):
    """The command line, which asks the daemon by its socket, or the URL."""
    command = [str(build_folder() / "cli" / "jobledger")]
    if daemon:
        command += ["--socket", str(daemon.socket)]
    if url:
        command += ["--url", url]
    return subprocess.run(command + [str(a) for a in arguments], capture_output=True, text=True, timeout=300)


def jobledgerd(*arguments):
    return subprocess.run([str(build_folder() / "daemon" / "jobledgerd"), *map(str, arguments)],
                          capture_output=True, text=True, timeout=60)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="jobledger-daemon-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name)

    def broker(self, **options):
        server = NatsServer(self.path, **options)
        self.addCleanup(server.end)
        return server

    def daemon(self, nats_url, start=True, **options):
        daemon = Daemon(self.path / "daemon", nats_url, **options)
        self.addCleanup(daemon.end)
        if start:
            daemon.start()
        return daemon

    def run_ok(self, *arguments, **where):
        result = cli(*arguments, **where)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def settle(self, daemon, stream_end):
        def done():
            status = daemon.get_json("/api/status")
            return status["ingest"]["position"] >= stream_end and status["jobs"]["archive_due"] == 0
        wait_for("everything to be applied and archived", done)
