"""A seeded stream of metric messages as a rough day brings them: in time, late, twice, corrected, with
bad lines in between. Knows which samples must be there at the end."""
import random
import struct

SUBJECT = "hpc-nats"
STEP = 10

CLUSTER = {
    "name": "testcluster",
    "metricConfig": [
        {"name": name, "unit": {"base": ""}, "scope": scope, "timestep": STEP, "aggregation": aggregation,
         "peak": 1, "normal": 1, "caution": 1, "alert": 1}
        for name, scope, aggregation in (("cpu_load", "node", "avg"), ("flops_any", "hwthread", "sum"),
                                         ("mem_bw", "socket", "sum"))],
    "subClusters": [
        {"name": "main", "nodes": "n[001-200]", "processorType": "X", "socketsPerNode": 2, "coresPerSocket": 2,
         "threadsPerCore": 1,
         "flopRateScalar": {"unit": {"base": "F/s", "prefix": "G"}, "value": 20},
         "flopRateSimd": {"unit": {"base": "F/s", "prefix": "G"}, "value": 160},
         "memoryBandwidth": {"unit": {"base": "B/s", "prefix": "G"}, "value": 80},
         "topology": {"node": [0, 1, 2, 3], "socket": [[0, 1], [2, 3]], "memoryDomain": [[0, 1], [2, 3]],
                      "core": [[0], [1], [2], [3]]}}],
}
ELEMENTS = [("cpu_load", "node", "")] + [("flops_any", "hwthread", str(t)) for t in range(4)] + \
           [("mem_bw", "socket", str(s)) for s in range(2)]


def single(value):
    """As stored: single precision."""
    return struct.unpack("f", struct.pack("f", value))[0]


class MetricWorkload:
    """messages: [(subject, bytes)] in publishing order; samples: (host, metric, element) -> {tick: value};
    bad_lines: how many lines cannot be samples."""

    def __init__(self, seed, hosts, ticks, begin):
        self.random = random.Random(seed)
        self.begin, self.ticks = begin, ticks
        self.samples = {}
        self.bad_lines = 0
        self.phases = {f"n{h + 1:03d}": self.random.randrange(8) for h in range(hosts)}
        timed = []  # (position, lines: [(host, metric, type, id, tick, value)] or text)
        for tick in range(ticks):
            for number, host in enumerate(self.phases):
                self._tick(timed, host, tick, tick + number / (hosts + 1))
        timed.sort(key=lambda entry: entry[0])
        self.messages = [(SUBJECT, self._message(lines)) for _, lines in timed]

    def _tick(self, timed, host, tick, at):
        pick = self.random
        if tick > 0 and pick.random() < 0.03:
            return  # the host is silent
        lines = [(host, metric, kind, element, tick, self._value()) for metric, kind, element in ELEMENTS
                 if tick == 0 or pick.random() > 0.02]
        late = []
        if tick > 0 and pick.random() < 0.1:
            late = [line for line in lines if pick.random() < 0.3]
            lines = [line for line in lines if line not in late]
        timed.append((at, lines))
        if late:
            timed.append((at + pick.uniform(0, 400), late))
        if tick > 0 and pick.random() < 0.05:
            timed.append((at + pick.uniform(0, 100), lines))  # the same again
        if tick > 0 and pick.random() < 0.03:  # corrected
            timed.append((at + pick.uniform(0, 200), [line[:5] + (self._value(),) for line in lines]))

    def _value(self):
        pick = self.random
        return pick.choice([0.0, pick.random() * 100, round(pick.random() * 100, 2), float(pick.randrange(1000)),
                            pick.random() * 1e9, -pick.random()])

    def _message(self, lines):
        text = []
        for host, metric, kind, element, tick, value in lines:
            name = kind + element
            self.samples.setdefault((host, metric, name), {})[tick] = single(value)
            time = self.begin + self.phases[host] + tick * STEP + (0 if tick == 0 else self.random.randrange(2))
            tags = f"cluster=testcluster,hostname={host},type={kind}" + (f",type-id={element}" if element else "")
            text.append(f"{metric},{tags} value={value!r} {time}")
        while self.random.random() < 0.05:
            text.insert(self.random.randrange(len(text) + 1), self.random.choice(
                ["cpu_load,cluster=testcluster value=1", "cpu_load,hostname=n001 value=", "x y z",
                 'cpu_load,cluster=testcluster,hostname=n001 value="text" 1', "unknown_metric,hostname=n001 value=1"]))
            self.bad_lines += 1
        return "\n".join(text).encode()
