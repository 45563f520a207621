#!/usr/bin/env python3
"""Everything hostile at once, for a while: what the daemon must live through under a memory limit.

A broker that refuses the login, dies and loses its tail; events and samples that nobody should send;
jobs that are ancient, long and large; clients that send and read slowly and ask the worst. Beside it
runs an ordinary day of jobs. At the end the daemon is the process that was started, its memory stayed
below the limit, and the jobs are those of a quiet day.

Usage: JOBLEDGER_BUILD=build python3 test/long/soak.py [--seconds 1200] [--limit-mib 1024]
Prints a line a minute and, last, "N passed, N failed".
"""
import argparse
import json
import pathlib
import random
import shutil
import signal
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from harness import Daemon, NatsClient, NatsServer, line_protocol, make_archive, wait_for  # noqa: E402
from workload import START, Workload  # noqa: E402

MIB = 1 << 20
PASSWORDS = ("first", "second")
# What a daemon with a limit of 1 GiB is given; docs/sizing.md adds it up.
SMALL = """
storage.cache_bytes: 64MiB
storage.memtable_bytes: 16MiB
storage.record_cache_bytes: 16MiB
storage.metrics: {max_head_bytes: 192MiB, max_series_bytes: 64MiB}
archive.data_cache_bytes: 32MiB
"""


class Broker(NatsServer):
    """A broker with a password that changes, and a store that can be set back."""

    def __init__(self, folder):
        self.config = pathlib.Path(folder) / "nats.conf"
        self.port = None
        self.set_password(PASSWORDS[0], running=False)
        super().__init__(folder)

    def set_password(self, password, running=True):
        self.config.write_text(
            "max_payload: 8MB\n"
            "authorization { users = ["
            f"{{user: daemon, password: {password}}}, {{user: site, password: site}}] }}\n")
        if running:
            self.process.send_signal(signal.SIGHUP)

    def command(self):
        return super().command() + ["-c", str(self.config)]

    def lose_tail(self, meanwhile):
        """The store as it was before meanwhile(), as after a power cut or from a back-up."""
        store, saved = self.folder / "jetstream", self.folder / "jetstream.saved"
        self.end()
        shutil.copytree(store, saved)
        self.start()
        meanwhile()
        self.end(signal.SIGKILL)
        shutil.rmtree(store)
        saved.rename(store)
        self.start()


class Actor(threading.Thread):
    """Does step() again and again until the end; what fails outside of the daemon is tried again."""

    def __init__(self, step, pause):
        super().__init__(daemon=True)
        self.step, self.pause = step, pause
        self.ended = threading.Event()
        self.failures = 0
        self.start()

    def run(self):
        while not self.ended.is_set():
            try:
                self.step()
            except (OSError, AssertionError, AttributeError, KeyError, ValueError):
                self.failures += 1
            self.ended.wait(self.pause)

    def end(self):
        self.ended.set()
        self.join()


class Soak:
    def __init__(self, folder, seconds, limit):
        self.folder, self.seconds, self.limit = folder, seconds, limit
        self.random = random.Random(1)
        self.broker = Broker(folder)
        self.daemon = Daemon(folder / "daemon", self.broker.url, extra=SMALL,
                             archive=make_archive(folder / "archive"))
        password = folder / "password"
        password.write_text(PASSWORDS[0] + "\n")
        text = self.daemon.config.read_text()
        self.daemon.config.write_text(text.replace(
            "  manage_streams: true\n",
            f"  manage_streams: true\n  user: daemon\n  password_file: {password}\n  reconnect_wait: 200ms\n"))
        self.password = password
        self.peak = 0
        self.answered = self.unanswered = self.silence = self.longest_silence = 0
        self.expected = {}
        self.sent = []
        self.next_job = 1
        self.lock = threading.Lock()

    # --- the ordinary day

    def publish(self, messages):
        with NatsLogin(self.broker.port) as client:
            client.publish_all(messages)

    def ordinary_jobs(self):
        with self.lock:
            workload = Workload(self.next_job, 200, first_job_id=self.next_job)
            self.next_job += 200
            self.expected.update(workload.jobs)
            messages = [message for message in workload.messages if b"start_job" in message[1] or b"stop_job" in message[1]]
            self.sent += messages
        self.publish(messages)

    # --- what nobody should send

    def hostile_events(self):
        pick, job = self.random, self.random.randrange(10**6, 10**9)
        base = {"jobId": job, "user": "eve", "project": "x", "cluster": "testcluster", "numNodes": 1,
                "resources": [{"hostname": "n001"}], "startTime": START}
        hosts = [{"hostname": f"n{n:03d}"} for n in range(1, 201)]
        starts = [
            {**base, "startTime": 1},
            {**base, "startTime": START - 365 * 86400, "numNodes": 200, "resources": hosts},
            {**base, "metaData": {"jobName": "N" * 900_000}},
            {**base, "user": "U" * 100_000},
            {**base, "tags": [{"type": "t", "name": f"{job}-{n}", "scope": "global"} for n in range(500)]},
            {**base, "walltime": -(2**70), "numHwthreads": "many", "smt": None},
            {**base, "cluster": f"cluster{job}"},
            {**base, "jobId": 4711, "startTime": START + pick.randrange(10**6)},
        ]
        messages = []
        for number, start in enumerate(starts):
            start.setdefault("jobId", job + number)
            messages.append(("cc.job.event", line_protocol("job", {"function": "start_job"}, start, START)))
            stop = {"jobId": start["jobId"], "cluster": start["cluster"], "stopTime": START + 10**7,
                    "startTime": start["startTime"], "jobState": pick.choice(["completed", "odd", "pending"])}
            messages.append(("cc.job.event", line_protocol("job", {"function": "stop_job"}, stop, START)))
        messages.append(("cc.job.event", pick.randbytes(200_000)))
        nodes = [{"hostname": f"made-up-{job}-{n}", "states": ["idle"]} for n in range(200)]
        messages.append(("cc.node.state", line_protocol("nodestate", {}, {"cluster": "testcluster", "nodes": nodes}, START)))
        self.publish(messages)

    def hostile_samples(self):
        pick, now = self.random, int(time.time())
        host = pick.choice(["n001", "n002", f"made-up-{pick.randrange(10**9)}"])
        lines = [f"cpu_load,cluster=testcluster,hostname={host},type=node,stype={'s' * 200}"
                 f",stype-id={pick.randrange(10**9)}{'i' * 200} value={n} {now}000000000" for n in range(500)]
        lines += [f"cpu_load,cluster=testcluster,hostname=n{n:03d},type=node value={n} {now}000000000"
                  for n in range(1, 201)]
        lines += ["cpu_load,cluster=testcluster,hostname=n001,type=node value=1 99999999999000000000",
                  f"unknown{pick.randrange(10**9)},cluster=testcluster,hostname=n001 value=1 {now}000000000"]
        self.publish([("hpc-nats", "\n".join(lines).encode()), ("hpc-nats", pick.randbytes(100_000))])

    # --- clients

    def connect(self, request):
        client = socket.create_connection(("127.0.0.1", self.daemon.port), timeout=5)
        client.sendall(request)
        return client

    def slow_senders(self):
        head = b"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n"
        clients = [self.connect(head) for _ in range(100)]
        for client in clients:
            try:
                client.sendall(b" " * 900_000)
            except OSError:
                pass  # refused, or closed: both are right
        time.sleep(3)
        for client in clients:
            client.close()

    def slow_readers(self):
        query = json.dumps({"query": "{ jobs(page:{itemsPerPage:5000,page:1}) { items "
                                     "{ id jobId user project metaData resources { hostname } } } }"}).encode()
        head = (f"POST /query HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(query)}\r\n\r\n").encode()
        clients = [self.connect(head + query) for _ in range(50)]
        time.sleep(5)
        for client in clients:
            client.close()

    def heavy_queries(self):
        self.daemon.graphql('{ jobs(filter:[{jobName:{contains:"N"}}],order:{field:"duration",type:"col",order:DESC},'
                            'page:{itemsPerPage:2000,page:1}) { items { id concurrentJobs { count } } count } }')

    def trivial_query(self):
        begin = time.monotonic()
        try:
            self.daemon.graphql("{ jobs { count } }")
            self.answered += 1
            self.silence = 0
        except (OSError, AssertionError, ValueError):
            self.unanswered += 1
            self.silence += time.monotonic() - begin + 1
            self.longest_silence = max(self.longest_silence, self.silence)

    # --- the broker

    def disturb_broker(self):
        with self.lock:
            trouble = self.random.choice([self.refuse_login, self.kill_broker, self.lose_tail])
        trouble()

    def refuse_login(self):
        self.broker.set_password(PASSWORDS[1])
        time.sleep(5)
        self.broker.set_password(PASSWORDS[0])

    def kill_broker(self):
        self.broker.restart(signal.SIGKILL)

    def lose_tail(self):
        self.broker.lose_tail(self.ordinary_jobs)

    # --- what is looked at

    def watch_memory(self):
        for line in pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                self.peak = max(self.peak, int(line.split()[1]) * 1024)

    def run(self):
        self.daemon.start()
        pid = self.daemon.process.pid
        actors = [Actor(self.watch_memory, 0.2), Actor(self.trivial_query, 1), Actor(self.ordinary_jobs, 5),
                  Actor(self.hostile_events, 7), Actor(self.hostile_samples, 2), Actor(self.slow_senders, 20),
                  Actor(self.slow_readers, 20), Actor(self.heavy_queries, 3), Actor(self.disturb_broker, 45)]
        end = time.monotonic() + self.seconds
        while time.monotonic() < end and self.daemon.process.poll() is None:
            time.sleep(min(60, max(1, end - time.monotonic())))
            print(f"peak={self.peak // MIB} MiB jobs={len(self.expected)} answered={self.answered} "
                  f"unanswered={self.unanswered} longest_silence={self.longest_silence:.0f} s", flush=True)
        for actor in actors[2:]:
            actor.end()
        yield "the daemon is the one that was started", self.daemon.process.poll() is None and self.daemon.process.pid == pid
        if self.daemon.process.poll() is not None:
            return
        # What the broker lost comes again, as from a publisher that heard nothing.
        wait_for("the broker to take everything once more", self.publish_again, 120)
        yield "the jobs are those of a quiet day", self.settles()
        for actor in actors[:2]:
            actor.end()
        yield f"memory stayed below the limit (peak {self.peak // MIB} MiB)", self.peak <= self.limit
        yield f"it answered (longest silence {self.longest_silence:.0f} s)", self.longest_silence < 30
        yield "it ends when it is told to", self.daemon.end() == 0

    def publish_again(self):
        try:
            self.publish(self.sent)
            return True
        except OSError:
            return False

    def settles(self):
        try:
            wait_for("the jobs of the day", lambda: self.wrong_jobs() == 0, 600)
            return True
        except AssertionError:
            print(f"{self.wrong_jobs()} of {len(self.expected)} jobs are wrong")
            return False

    def wrong_jobs(self):
        query = ("query($page: Int!) { jobs(filter:[{project:{startsWith:\"proj\"}}],order:{field:\"startTime\",type:\"col\",order:ASC},"
                 "page:{itemsPerPage:5000,page:$page}) { items { jobId startTime state } count } }")
        seen, page = {}, 1
        while True:
            jobs = self.daemon.graphql(query, page=page)["jobs"]
            seen.update({(job["jobId"], job["startTime"]): job["state"] for job in jobs["items"]})
            if len(jobs["items"]) < 5000:
                break
            page += 1
        found = {(job, seconds(start)): state for (job, start), state in seen.items()}
        return sum(found.get(key) != state for key, state in self.expected.items()) + len(found) - len(self.expected)


def seconds(text):
    """Epoch seconds of an RFC 3339 time in UTC."""
    import calendar
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


class NatsLogin:
    """A publisher that logs in."""

    def __init__(self, port):
        self.port = port

    def __enter__(self):
        self.client = NatsClient(self.port, user="site", **{"pass": "site"})
        return self.client

    def __exit__(self, *_):
        self.client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=1200)
    parser.add_argument("--limit-mib", type=int, default=1024)
    arguments = parser.parse_args()
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="jobledger-soak-") as folder:
        soak = Soak(pathlib.Path(folder), arguments.seconds, arguments.limit_mib * MIB)
        try:
            for what, holds in soak.run():
                print(("ok: " if holds else "FAILED: ") + what, flush=True)
                passed, failed = passed + bool(holds), failed + (not holds)
            if failed:
                print(soak.daemon.log_tail(60))
        finally:
            soak.daemon.end(signal.SIGKILL)
            soak.broker.end()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
