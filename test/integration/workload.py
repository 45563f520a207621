"""A seeded stream of job events as a rough day brings them: starts, stops, repeats, stops that
overtake their starts, and garbage. Knows what must be left at the end."""
import random

from harness import line_protocol

START = 1_768_978_339
SUBJECT = "cc.job.event"
STATES = ["completed", "completed", "completed", "failed", "timeout", "cancelled", "out_of_memory"]


class Workload:
    """messages: [(subject, bytes)] in publishing order; malformed: how many of them are garbage;
    jobs: (job id, start) -> expected state."""

    def __init__(self, seed, jobs, first_job_id=1):
        self.random = random.Random(seed)
        self.jobs = {}
        self.malformed = 0
        timed = []  # (position, message)
        for number in range(jobs):
            self._job(timed, first_job_id + number, number * 1.0)
        for _ in range(max(1, jobs // 50)):
            timed.append((self.random.uniform(0, jobs), self._garbage()))
            self.malformed += 1
        timed.sort(key=lambda entry: entry[0])
        self.messages = [(SUBJECT, message) for _, message in timed]

    def _job(self, timed, job_id, at):
        pick = self.random
        start = START + int(at)
        nodes = pick.choice([1, 1, 1, 2, 4])
        first = pick.randrange(1, 190)
        record = {
            "jobId": job_id, "user": f"user{pick.randrange(20)}", "project": f"proj{pick.randrange(5)}",
            "cluster": "testcluster", "partition": pick.choice(["short", "long"]), "numNodes": nodes,
            "resources": [{"hostname": f"n{first + n:03d}"} for n in range(nodes)],
            "walltime": 3600, "numHwthreads": 2 * nodes, "startTime": start, "submitTime": start - 30,
            "requestedMemory": 1000 * nodes,
            "metaData": {"jobName": pick.choice(["sim", "train <1>", "interactive"]), "slurmInfo": "a\nb \"c\""},
        }
        if pick.random() < 0.1:
            record["tags"] = [{"type": "app", "name": f"app{pick.randrange(3)}", "scope": "global"}]
        started = line_protocol("job", {"function": "start_job", "hostname": "sched"}, record, start)
        timed.append((at, started))
        if pick.random() < 0.05:
            timed.append((at + pick.uniform(0, 300), started))  # an exact repeat
        state = "running"
        if pick.random() < 0.9:
            state = pick.choice(STATES)
            stop = {"jobId": job_id, "cluster": "testcluster", "stopTime": start + pick.randrange(1, 90000),
                    "jobState": state}
            if pick.random() < 0.5:
                stop["startTime"] = start
            stopped = line_protocol("job", {"function": "stop_job"}, stop, stop["stopTime"])
            early = pick.random() < 0.1
            position = at + (pick.uniform(-50, 0) if early else pick.uniform(0, 200))
            timed.append((position, stopped))
            if pick.random() < 0.05:
                timed.append((position + pick.uniform(0, 200), stopped))
        self.jobs[(job_id, start)] = state

    def _garbage(self):
        pick = self.random
        start = START
        good = {"jobId": 1, "user": "u", "project": "p", "cluster": "testcluster", "numNodes": 1,
                "resources": [{"hostname": "n001"}], "startTime": start}
        return pick.choice([
            b"this is not line protocol",
            b'job,function=start_job event="{\\"jobId\\":" 1768978339000000000',
            line_protocol("job", {"function": "start_job"}, {**good, "cluster": "nowhere"}, start),
            line_protocol("job", {"function": "start_job"}, {**good, "jobId": "seven"}, start),
            line_protocol("job", {"function": "start_job"}, {**good, "startTime": -5}, start),
            line_protocol("job", {"function": "start_job"}, {**good, "user": ""}, start),
            line_protocol("job", {"function": "stop_job"}, {"jobId": 1, "cluster": "testcluster",
                                                            "jobState": "failed"}, start),
            line_protocol("job", {"function": "dance_job"}, good, start),
        ])
