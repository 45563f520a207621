#!/usr/bin/env python3
"""Brokers that refuse us, say nothing, or lose what they took: it is told, stopping works, nothing is lost."""
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case  # noqa: E402
from harness import NatsClient, NatsServer, nats_server_program, start_event, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402

START = 1_768_978_339
INFO = b'INFO {"server_id":"x","version":"2.9.10","max_payload":1048576,"headers":true%s}\r\n'


class LoginServer(NatsServer):
    """With users: jl, whose password and permissions may change, and anybody without a login."""

    def __init__(self, folder, permissions=""):
        self.permissions = permissions
        super().__init__(folder)

    def start(self):
        self.let_in("one", self.permissions)
        self.log = open(self.folder / "nats-server.log", "ab")
        self.process = subprocess.Popen(
            [nats_server_program(), "-a", "127.0.0.1", "-p", str(self.port), "-c", str(self.folder / "nats.conf")],
            stdout=self.log, stderr=self.log)
        wait_for("nats-server to listen", self._listens)

    def let_in(self, password, permissions=""):
        (self.folder / "nats.conf").write_text(
            f'jetstream {{ store_dir: "{self.folder / "jetstream"}" }}\nno_auth_user: anybody\n'
            f"authorization {{ users: [ {{user: jl, password: {password} {permissions}}},"
            f" {{user: anybody, password: x}} ] }}\n")
        if self.process:
            self.process.send_signal(signal.SIGHUP)


class SilentServer:
    """Takes connections, says one thing, and keeps them."""

    def __init__(self, says=b""):
        self.says, self.peers = says, []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            peer.sendall(self.says)
            self.peers.append(peer)

    def end(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()
        for peer in self.peers:
            peer.close()


class BrokerTest(Case):
    def password(self, text):
        path = self.path / "password"
        path.write_text(text + "\n")
        return path

    def login_broker(self, permissions=""):
        server = LoginServer(self.path, permissions)
        self.addCleanup(server.end)
        return server

    def login(self, server, password):
        return (f"{server.url}\n  user: jl\n  password_file: {self.password(password)}"
                "\n  reconnect_wait: 50ms\n  request_timeout: 500ms")

    def expect_reason(self, daemon, words):
        wait_for(f"a reason with {words!r}", lambda: words in daemon.reasons())
        self.assertEqual(daemon.status_of("/readyz"), 503)
        self.assertIn(words, daemon.log_tail(200))

    def test_a_login_that_is_refused_for_a_while(self):
        server = self.login_broker()
        daemon = self.daemon(self.login(server, "two"), start=False)
        daemon.start(wait=False)
        self.expect_reason(daemon, "Authorization Violation")
        self.assertEqual(daemon.end(), 0)
        daemon.start(wait=False)
        self.expect_reason(daemon, "Authorization Violation")
        server.let_in("two")
        daemon.wait_ready()
        client = NatsClient(server.port)
        self.addCleanup(client.close)
        client.publish_all([start_event(7, START)])
        wait_for("the job", lambda: daemon.get_json("/api/status")["jobs"]["total"] == 1)

    def test_a_subject_that_is_not_permitted(self):
        server = self.login_broker(', permissions: {subscribe: {deny: ["_INBOX.>"]}}')
        daemon = self.daemon(self.login(server, "one"), start=False)
        daemon.start(wait=False)
        self.expect_reason(daemon, "_INBOX.")
        self.assertEqual(daemon.end(), 0)
        daemon.start(wait=False)
        self.expect_reason(daemon, "_INBOX.")
        server.let_in("one")
        daemon.wait_ready()

    def test_a_server_that_says_nothing_holds_nobody(self):
        for scheme, says in (("nats", b""), ("nats", INFO % b""), ("tls", INFO % b',"tls_required":true')):
            with self.subTest(scheme=scheme, says=says):
                server = SilentServer(says)
                self.addCleanup(server.end)
                daemon = self.daemon(f"{scheme}://127.0.0.1:{server.port}\n  connect_timeout: 100ms", start=False)
                daemon.start(wait=False)
                wait_for("tries", lambda: len(server.peers) >= 6)
                wait_for("a reason", lambda: "not been reached" in daemon.reasons())
                self.assertNotIn("not connected yet", daemon.reasons())
                self.assertEqual(daemon.end(), 0)

    def test_a_broker_that_stands_still_holds_nobody(self):
        server = self.broker()
        daemon = self.daemon(f"{server.url}\n  request_timeout: 1h\n  ping_interval: 1h")
        server.process.send_signal(signal.SIGSTOP)
        self.addCleanup(lambda: server.process and server.process.send_signal(signal.SIGCONT))
        self.assertEqual(daemon.end(), 0)

    def test_a_broker_that_lost_its_tail(self):
        server = self.broker()
        daemon = self.daemon(f"{server.url}\n  reconnect_wait: 50ms")
        total = lambda: daemon.get_json("/api/status")["jobs"]["total"]  # noqa: E731
        self.publish_jobs(server, 1, 31)
        wait_for("the first jobs", lambda: total() == 30)
        server.end(signal.SIGTERM)
        shutil.copytree(self.path / "jetstream", self.path / "kept")
        server.start()
        self.publish_jobs(server, 31, 81)
        wait_for("the lost jobs", lambda: total() == 80)
        server.end(signal.SIGKILL)
        shutil.rmtree(self.path / "jetstream")
        shutil.copytree(self.path / "kept", self.path / "jetstream")
        server.start()
        self.publish_jobs(server, 100, 180)
        wait_for("the new jobs", lambda: total() == 160)
        status = daemon.get_json("/api/status")
        self.assertEqual(status["ingest"]["rewinds"], 1)
        self.assertEqual(status["dead_letters"], 0)

    def publish_jobs(self, server, begin, end):
        client = NatsClient(server.port)
        client.publish_all([start_event(number, START + number) for number in range(begin, end)])
        client.close()


if __name__ == "__main__":
    sys.exit(run_and_count())
