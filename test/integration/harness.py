"""Real parts for integration tests: a broker, the daemon, a publisher. Standard library only.

Everything listens on loopback, on free ports, in the folder it is given; every process started here
is ended by its own handle.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
WAIT_SECONDS = float(os.environ.get("JOBLEDGER_TEST_PATIENCE", "60"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, condition, seconds=WAIT_SECONDS):
    """Polls until condition() gives something true; fails naming what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s in vain for {what}")
        time.sleep(0.02)


def build_folder():
    return pathlib.Path(os.environ.get("JOBLEDGER_BUILD", ROOT / "build-test"))


def nats_server_program():
    """Debian's, or the one that the test is to run with."""
    chosen = os.environ.get("JOBLEDGER_NATS_SERVER")
    return chosen or shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin")


class NatsServer:
    """nats-server with (or without) JetStream; its data outlives kill() and stop()."""

    def __init__(self, folder, jetstream=True, port=None):
        self.folder = pathlib.Path(folder)
        self.port = port or free_port()
        self.jetstream = jetstream
        self.process = None
        self.start()

    @property
    def url(self):
        return f"nats://127.0.0.1:{self.port}"

    def start(self):
        self.log = open(self.folder / "nats-server.log", "ab")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log)
        wait_for("nats-server to listen", self._listens)

    def command(self):
        command = [nats_server_program(), "-a", "127.0.0.1", "-p", str(self.port)]
        return command + (["-js", "-sd", str(self.folder / "jetstream")] if self.jetstream else [])

    def _listens(self):
        assert self.process.poll() is None, "nats-server ended: see nats-server.log"
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def end(self, how=signal.SIGTERM):
        if self.process:
            self.process.send_signal(how)
            self.process.wait()
            self.process = None
            self.log.close()

    def restart(self, how=signal.SIGTERM):
        self.end(how)
        self.start()


class NatsClient:
    """Just enough of the NATS protocol to publish and to ask the JetStream API."""

    def __init__(self, port, **login):
        """login: user and password, where the broker asks for them."""
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.buffer = b""
        self._line()  # INFO
        options = {"verbose": False, "pedantic": False, "lang": "py", "version": "0", "protocol": 1}
        self._send(b"CONNECT " + json.dumps({**options, **login}).encode() + b"\r\n")
        self.flush()
        self.inboxes = 0

    def close(self):
        self.socket.close()

    def _send(self, data):
        self.socket.sendall(data)

    def _fill(self):
        chunk = self.socket.recv(65536)
        if not chunk:
            raise ConnectionError("broker closed the connection")
        self.buffer += chunk

    def _line(self):
        while b"\r\n" not in self.buffer:
            self._fill()
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line

    def publish(self, subject, payload):
        self._send(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))

    def publish_all(self, messages):
        """messages: (subject, bytes) in order; returns after the broker took them."""
        out = []
        for subject, payload in messages:
            out.append(b"PUB %s %d\r\n%s\r\n" % (subject.encode(), len(payload), payload))
            if len(out) == 500:
                self._send(b"".join(out))
                out = []
        self._send(b"".join(out))
        self.flush()

    def flush(self):
        self._send(b"PING\r\n")
        while True:
            line = self._line()
            if line == b"PONG":
                return
            if line == b"PING":
                self._send(b"PONG\r\n")
            elif line.startswith(b"-ERR"):
                raise ConnectionError(line.decode())

    def request(self, subject, payload=b""):
        self.inboxes += 1
        inbox = f"_INBOX.test.{self.inboxes}"
        self._send(f"SUB {inbox} {self.inboxes}\r\nUNSUB {self.inboxes} 1\r\n".encode())
        self._send(b"PUB %s %s %d\r\n%s\r\n" % (subject.encode(), inbox.encode(), len(payload), payload))
        while True:
            line = self._line()
            if line == b"PING":
                self._send(b"PONG\r\n")
            elif line.startswith(b"MSG "):
                size = int(line.split()[-1])
                while len(self.buffer) < size + 2:
                    self._fill()
                body, self.buffer = self.buffer[:size], self.buffer[size + 2:]
                return body
            elif line.startswith(b"HMSG "):
                header, size = (int(n) for n in line.split()[-2:])
                while len(self.buffer) < size + 2:
                    self._fill()
                body, self.buffer = self.buffer[:size], self.buffer[size + 2:]
                return body[header:]
            elif line.startswith(b"-ERR"):
                raise ConnectionError(line.decode())

    def jetstream(self, call, **arguments):
        answer = self.request("$JS.API." + call, json.dumps(arguments).encode() if arguments else b"")
        return json.loads(answer) if answer else {"error": {"description": "no responders"}}

    def stream_messages(self, stream):
        return self.jetstream(f"STREAM.INFO.{stream}").get("state", {}).get("last_seq", 0)


class SocketConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=WAIT_SECONDS)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


# What the daemon serves on its control socket only.
CONTROL = ("/api/status", "/api/unmatched", "/api/dead-letters", "/api/import")


class Daemon:
    """build/daemon/jobledgerd in a folder of its own."""

    def __init__(self, folder, nats_url, archive=None, storage=None, extra="", more=""):
        """extra: lines for sections that are written here; more: further sections as they are. Without
        `archive` there is one with a cluster."""
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.archive = pathlib.Path(archive or make_archive(self.folder / "archive"))
        self.storage = pathlib.Path(storage or self.folder / "db")
        self.config = self.folder / "jobledger.yaml"
        self.socket = self.folder / "control.sock"
        self.process = None
        self.has_log = nats_url.strip('"') != ""
        self.config.write_text(
            f"http:\n  listen: 127.0.0.1:{self.port}\n  socket: {self.socket}\n"
            f"nats:\n  url: {nats_url}\n  manage_streams: true\n"
            f"storage:\n  path: {self.storage}\n{self._section(extra, 'storage')}"
            f"archive:\n  path: {self.archive}\n{self._section(extra, 'archive')}"
            f"ingest:\n  events:\n    subjects: [cc.job.event, cc.node.state]\n{self._section(extra, 'ingest')}"
            f"auth:\n  enabled: false\n{more}")

    @staticmethod
    def _section(extra, name):
        """Lines of `extra` ("storage.min_free_bytes: 1MB") that belong to that section."""
        lines = [line.strip() for line in extra.splitlines() if line.strip().startswith(name + ".")]
        return "".join(f"  {line[len(name) + 1:]}\n" for line in lines)

    def command(self, *arguments):
        return [str(build_folder() / "daemon" / "jobledgerd"), "--config", str(self.config), *arguments]

    def run_once(self, *arguments):
        return subprocess.run(self.command(*arguments), capture_output=True, text=True, timeout=WAIT_SECONDS * 5)

    def start(self, wait=True):
        self.log = open(self.folder / "daemon.log", "ab")
        self.process = subprocess.Popen(self.command(), stdout=self.log, stderr=self.log)
        if wait:
            self.wait_ready()

    def wait_ready(self):
        """Ready for clients, and following its stream: what is published from now on is kept."""
        wait_for("the daemon to be ready", self.ready)
        if self.has_log:
            wait_for("the daemon to follow its stream",
                     lambda: self.get_json("/api/status")["ingest"]["mode"] in ("following", "plain"))

    def reasons(self):
        """Why it is not ready; empty when it is, or does not answer yet."""
        try:
            return " ".join(self.get_json("/api/status")["reasons"])
        except OSError:
            return ""

    def ready(self):
        assert self.process.poll() is None, f"daemon ended with {self.process.returncode}: see daemon.log\n" + self.log_tail()
        return self.status_of("/readyz") == 200

    def log_tail(self, lines=30):
        return "\n".join((self.folder / "daemon.log").read_text(errors="replace").splitlines()[-lines:])

    def end(self, how=signal.SIGTERM):
        """Sends the signal and returns the exit status."""
        if not self.process:
            return None
        self.process.send_signal(how)
        status = self.process.wait(timeout=WAIT_SECONDS)
        self.process = None
        self.log.close()
        return status

    def kill(self):
        return self.end(signal.SIGKILL)

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def status_of(self, path):
        try:
            with urllib.request.urlopen(self.url(path), timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def control(self, path, method="GET", body=None, headers=None):
        """Status and text of an answer on the control socket."""
        connection = SocketConnection(self.socket)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, path):
        if path.startswith(CONTROL):
            status, text = self.control(path)
            assert status == 200, f"{path}: {status} {text}"
            return text
        with urllib.request.urlopen(self.url(path), timeout=WAIT_SECONDS) as answer:
            return answer.read().decode()

    def get_json(self, path):
        return json.loads(self.get(path))

    def graphql(self, query, **variables):
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = urllib.request.Request(self.url("/query"), body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=WAIT_SECONDS) as answer:
                document = json.load(answer)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error.code}: {error.read().decode()}") from None
        assert "errors" not in document, document["errors"]
        return document["data"]

    def metric(self, name):
        """Sum over all label sets of one metric on /metrics."""
        total, seen = 0.0, False
        for line in self.get("/metrics").splitlines():
            if line.startswith(name + " ") or line.startswith(name + "{"):
                total += float(line.rsplit(" ", 1)[1])
                seen = True
        return total if seen else None


def line_protocol(measurement, tags, payload, seconds):
    """An event as the schedulers' adapters send it: JSON in a string field."""
    text = json.dumps(payload, separators=(",", ":")).replace("\\", "\\\\").replace('"', '\\"')
    tag_text = "".join(f",{key}={value}" for key, value in tags.items())
    return f'{measurement}{tag_text} event="{text}" {seconds}000000000'.encode()


def start_event(job_id, start, cluster="testcluster", hosts=("n001",), **more):
    """A message for NatsClient.publish_all()."""
    job = {"jobId": job_id, "user": "eve", "project": "abc", "cluster": cluster, "numNodes": len(hosts),
           "resources": [{"hostname": host} for host in hosts], "startTime": start, **more}
    return "cc.job.event", line_protocol("job", {"function": "start_job"}, job, start)


def stop_event(job_id, stop, cluster="testcluster", state="completed"):
    job = {"jobId": job_id, "cluster": cluster, "stopTime": stop, "jobState": state}
    return "cc.job.event", line_protocol("job", {"function": "stop_job"}, job, stop)


CLUSTER = {
    "name": "testcluster",
    "metricConfig": [
        {"name": "cpu_load", "unit": {"base": ""}, "scope": "node", "timestep": 60, "aggregation": "avg",
         "footprint": "avg", "peak": 72, "normal": 72, "caution": 36, "alert": 20}],
    "subClusters": [
        {"name": "main", "nodes": "n[001-200]", "processorType": "X", "socketsPerNode": 1, "coresPerSocket": 2,
         "threadsPerCore": 1,
         "flopRateScalar": {"unit": {"base": "F/s", "prefix": "G"}, "value": 20},
         "flopRateSimd": {"unit": {"base": "F/s", "prefix": "G"}, "value": 160},
         "memoryBandwidth": {"unit": {"base": "B/s", "prefix": "G"}, "value": 80},
         "topology": {"node": [0, 1], "socket": [[0, 1]], "memoryDomain": [[0, 1]], "core": [[0], [1]]}}],
}


def make_archive(folder, clusters=(CLUSTER,)):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "version.txt").write_text("3\n")
    for cluster in clusters:
        (folder / cluster["name"]).mkdir(exist_ok=True)
        (folder / cluster["name"] / "cluster.json").write_text(json.dumps(cluster))
    return folder
