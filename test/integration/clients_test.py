#!/usr/bin/env python3
"""Clients that mean no good, or are many: what the daemon holds for them is bounded, others are answered."""
import json
import pathlib
import select
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from case import Case  # noqa: E402
from harness import WAIT_SECONDS, NatsClient, build_folder, line_protocol, make_archive, wait_for  # noqa: E402
from report import run_and_count  # noqa: E402
from workload import Workload  # noqa: E402

MIB = 1 << 20
BUDGET = 64 * MIB
# What allocators, stacks and socket objects take beyond the budget, and copies while answers grow.
SLACK = 96 * MIB
KEPT = 64 * MIB


def resident(daemon):
    for line in pathlib.Path(f"/proc/{daemon.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmRSS")


def is_sanitized():
    """Sanitizers keep what is freed, so memory says nothing then."""
    return b"__asan_init" in (build_folder() / "daemon" / "jobledgerd").read_bytes()


class Clients(Case):
    def quiet(self, daemon):
        """Memory before the flood: code that every answer needs is loaded."""
        self.assert_answers(daemon)
        return resident(daemon)

    def assert_bounded(self, peak, quiet):
        if not is_sanitized():
            self.assertLess(peak - quiet, BUDGET + SLACK)

    def wait_for_memory(self, daemon, quiet):
        if not is_sanitized():
            wait_for("the memory to go back", lambda: resident(daemon) - quiet < KEPT)

    def small_daemon(self, more=""):
        daemon = self.daemon(self.broker().url, start=False)
        text = daemon.config.read_text()
        settings = f"http:\n  max_buffer_bytes: {BUDGET}B\n{more}"
        daemon.config.write_text(text.replace("http:\n", settings, 1))
        daemon.start()
        return daemon

    def connect(self, daemon, source="127.0.0.1"):
        client = socket.create_connection(("127.0.0.1", daemon.port), WAIT_SECONDS, (source, 0))
        self.addCleanup(client.close)
        return client

    def assert_answers(self, daemon):
        self.assertEqual(daemon.status_of("/healthz"), 200)
        self.assertEqual(daemon.graphql("{jobs{count}}"), {"jobs": {"count": 0}})


def status_line(client):
    return client.recv(4096).split(b"\r\n", 1)[0].decode()


class BodyTest(Clients):
    def test_slow_senders_of_long_bodies_share_one_budget(self):
        daemon = self.small_daemon("  buffer_wait: 1s\n  read_timeout: 5s\n")
        quiet = self.quiet(daemon)
        length = 16 * MIB
        head = (f"POST /api/query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {length}\r\n\r\n").encode()
        clients = [self.connect(daemon) for _ in range(250)]
        for client in clients:
            client.sendall(head)
            client.setblocking(False)
        peak = self.feed(daemon, clients, length - 1)
        self.assert_bounded(peak, quiet)
        self.assert_answers(daemon)
        answers = [self.answer(client) for client in clients]
        self.assertLessEqual(set(answers), {"408", "503"})
        self.assertIn("503", answers)
        for client in clients:
            client.close()
        self.wait_for_memory(daemon, quiet)

    def feed(self, daemon, clients, length):
        """Each gets what the daemon takes of its body, but for the last byte; the most memory seen."""
        piece, peak, open_clients = b"x" * (256 << 10), 0, {client: length for client in clients}
        while open_clients:
            peak = max(peak, resident(daemon))
            readable, writable, _ = select.select(list(open_clients), list(open_clients), [], WAIT_SECONDS)
            for client in readable:
                open_clients.pop(client)
            for client in set(writable) & open_clients.keys():
                try:
                    open_clients[client] -= client.send(piece[:open_clients[client]])
                except BlockingIOError:
                    continue
                except OSError:
                    open_clients.pop(client)
            if open_clients and not any(open_clients.values()):
                select.select(list(open_clients), [], [], WAIT_SECONDS)
        return peak

    def answer(self, client):
        client.settimeout(WAIT_SECONDS)
        try:
            return status_line(client).split(" ")[1]
        except (OSError, IndexError):
            return "503"  # closed while it was still sending


class AnswerTest(Clients):
    # Introspection, again and again: a long answer from any database.
    LONG = "{" + " ".join(
        f"a{i}:__schema{{types{{name description fields(includeDeprecated:true){{name description "
        f"args{{name description type{{name kind ofType{{name}}}}}}type{{name kind ofType{{name}}}}}}}}}}"
        for i in range(90)) + "}"

    def request(self):
        body = json.dumps({"query": self.LONG}).encode()
        return (f"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    def test_answers_that_nobody_reads_share_one_budget(self):
        daemon = self.small_daemon("  write_timeout: 4s\n")
        quiet = self.quiet(daemon)
        clients = [self.connect(daemon) for _ in range(100)]
        for client in clients:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(self.request())
        peak = resident(daemon)
        deadline = time.monotonic() + WAIT_SECONDS
        while not all(self.ended(client) for client in clients):
            peak = max(peak, resident(daemon))
            self.assertLess(time.monotonic(), deadline, "some are neither answered nor closed")
            select.select([], [], [], 0.1)
        self.assert_bounded(peak, quiet)
        self.assert_answers(daemon)
        wait_for("the budget to be free", lambda: daemon.metric("jobledger_http_buffer_bytes") == 0)
        self.wait_for_memory(daemon, quiet)

    def ended(self, client):
        """Refused, or closed by the daemon as it did not read. Looks, and takes nothing."""
        client.setblocking(False)
        try:
            begin = client.recv(12, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True
        if begin.startswith(b"HTTP/1.1 503"):
            return True
        poll = select.poll()
        poll.register(client, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return bool(poll.poll(0))


class ConnectionTest(Clients):
    def ask(self, daemon, path, source):
        client = self.connect(daemon, source)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        status = status_line(client).split(" ")[1]
        client.close()
        return int(status)

    def test_one_address_cannot_take_the_connections_of_others(self):
        daemon = self.small_daemon("  max_connections: 100\n  max_connections_per_peer: 50\n"
                                   "  reserved_connections: 4\n")
        idle = [self.connect(daemon, "127.0.0.2") for _ in range(300)]
        self.assertEqual(self.ask(daemon, "/", "127.0.0.3"), 200)
        self.assertEqual(self.ask(daemon, "/", "127.0.0.2"), 503)
        for _ in range(20):
            self.assertEqual(self.ask(daemon, "/healthz", "127.0.0.2"), 200)
        self.assertGreater(daemon.metric("jobledger_http_connections_refused_total"), 200)
        self.assertEqual(len(idle), 300)

    def test_connections_leave_files_to_the_database(self):
        broker = self.broker()
        make_archive(self.path / "daemon" / "archive")
        daemon = self.daemon(broker.url, start=False)
        command = daemon.command
        daemon.command = lambda *arguments: ["prlimit", "--nofile=400:400", *command(*arguments)]
        daemon.start()
        self.assertIn("http.max_connections=", (daemon.folder / "daemon.log").read_text())
        idle = [self.connect(daemon, f"127.0.0.{2 + i % 4}") for i in range(600)]
        workload = Workload(seed=1, jobs=200)
        client = NatsClient(broker.port)
        self.addCleanup(client.close)
        client.publish_all(workload.messages)
        wait_for("the jobs", lambda: daemon.get_json("/readyz")["ready"]
                 and f"jobledger_jobs {len(workload.jobs)}\n" in daemon.get("/metrics"))
        self.assertEqual(len(idle), 600)


class FairTest(Clients):
    # All jobs of one node, and for each of them all that ran beside it: quadratic, and legal.
    HEAVY = "{jobs(page:{itemsPerPage:-1,page:1}){items{concurrentJobs{count}}}}"
    JOBS = 3000

    def query(self, text):
        body = json.dumps({"query": text}).encode()
        return (f"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\n\r\n").encode() + body

    def publish_jobs(self, broker, daemon):
        client = NatsClient(broker.port)
        self.addCleanup(client.close)
        now = int(time.time())
        events = [line_protocol("job", {"cluster": "testcluster", "function": "start_job"}, {
            "jobId": i, "user": "anna", "project": "p", "cluster": "testcluster", "subCluster": "main",
            "partition": "main", "numNodes": 1, "shared": "multi_user", "resources": [{"hostname": "n001"}],
            "startTime": now - 5000 - i, "walltime": 86400}, now) for i in range(1, self.JOBS + 1)]
        client.publish_all(("cc.job.event", event) for event in events)
        wait_for("the jobs", lambda: daemon.graphql("{jobs{count}}")["jobs"]["count"] == self.JOBS)

    def test_a_short_query_passes_long_ones(self):
        broker = self.broker()
        make_archive(self.path / "daemon" / "archive")
        daemon = self.daemon(broker.url)
        self.publish_jobs(broker, daemon)
        heavy = [self.connect(daemon) for _ in range(8)]
        for client in heavy:
            client.sendall(self.query(self.HEAVY))
        count = daemon.graphql("{jobs{count}}")["jobs"]["count"]
        ended, _, _ = select.select(heavy, [], [], 0)
        self.assertEqual(count, self.JOBS)
        self.assertEqual(ended, [], "a long query was answered before the short one")
        for client in heavy:
            self.assertEqual(status_line(client), "HTTP/1.1 200 OK")


if __name__ == "__main__":
    sys.exit(run_and_count())
