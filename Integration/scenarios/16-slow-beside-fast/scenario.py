# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A fast and a really slow model on one lane: the fast one's actions, and every acknowledgement, come as
if it were alone; the slow one's readings are decided in batches, and none is lost to a kill; what would
be too late for its deadline is not started and takes the rule's way."""

import shutil
import time

from rig import slow_model
from rig.gateway import EDGE_MODELS
from rig.process import expect, wait_until, wait_while_growing
from rig.stage import Stage, expect_all, expect_one_identity

LONGEST = 400
RATE = 50.0
ALONE = 300
SLOW = 160
WINDOW = 16
MACHINES = 4

POLICY = """\
policy: {name}
match: {{ topic: "plant/{line}/machines/+machine/vibration" }}
reading:
  format: json
  device: "{line}/{{machine}}"
  time: ts
  sequence: n
  fields: {{ vib: vib.samples, temp: temp, current: current }}
model: {model}
{head}
rules:
{rules}
otherwise: {{ route: act }}
actions:
  - name: late
    when: "{late}"
    publish: {{ topic: "late/{{machine}}", qos: 1 }}
  - name: done
    when: "!({late})"
    publish: {{ topic: "{name}/{{machine}}", qos: 1 }}
"""


def policy(name: str, line: str, model: str, head: str = "", late: str = "model.failed") -> str:
    rules = f"  - {{ name: too late, when: {late}, route: act }}"
    return POLICY.format(name=name, line=line, model=model, head=head, rules=rules, late=late)


def quantile(numbers: list[float], part: float) -> float:
    ordered = sorted(numbers)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


class Sender:
    """Publishes readings of a line, and remembers when."""

    def __init__(self, stage: Stage, publisher):
        self.stage, self.publisher = stage, publisher
        self.sent: dict[tuple[str, int], float] = {}

    def send(self, line: str, count: int, rate: float = 0.0, machine: int = 0) -> dict:
        keys = {}
        start = time.monotonic()
        for i in range(machine, machine + count):
            if rate:
                time.sleep(max(0.0, start + (i - machine) / rate - time.monotonic()))
            name = f"m{i % MACHINES + 1:02d}"
            topic, body, truth = self.stage.reading(name, line)
            self.sent[(f"{line}/{name}", body["n"])] = time.time()
            keys[(f"{line}/{name}", body["n"])] = truth
            self.publisher.publish(topic, body)
        return keys

    def latencies(self, events, keys) -> list[float]:
        """Seconds from publishing to the first event on each of `keys`."""
        first: dict[tuple[str, int], float] = {}
        for event in events:
            first.setdefault(event.key, event.at)
        return [first[key] - self.sent[key] for key in keys if key in first]


def places(watcher) -> dict[tuple[str, int], int]:
    """Which came before which: the place of each message's first event."""
    found: dict[tuple[str, int], int] = {}
    for place, event in enumerate(list(watcher.events)):
        found.setdefault(event.key, place)
    return found


def model_report(gateway, name: str) -> dict:
    return next(m for m in gateway.status()["inference"] if m["model"].startswith(name + "/"))


def scenario(stage: Stage) -> None:
    models = stage.folder / "models"
    slow_model.write(models, "slow-wear", layers=48)
    shutil.copytree(EDGE_MODELS / "bearing-wear", models / "fast-wear")
    broker = stage.broker()
    watcher = stage.watcher(broker, "fast/#", "slow/#", "late/#")
    gateway = stage.gateway(
        broker,
        policies={
            "fast": policy("fast", "f", "fast-wear"),
            "slow": policy("slow", "s", "slow-wear"),
            "urgent": policy("urgent", "u", "slow-wear", "deadline: 5ms", "model.skipped"),
        },
        models={"path": str(models)},
        # A withheld acknowledgement would stop the broker after so many messages.
        inputs=[{"name": "plant", "topics": ["plant/+/machines/+/vibration"],
                 "receive_maximum": WINDOW}],
    ).start(within=90)  # the slow model is timed before anything is read
    sender = Sender(stage, stage.publisher(broker))
    run_time = model_report(gateway, "slow-wear")["estimate_ms"]
    expect(model_report(gateway, "slow-wear")["runs_on"] == "worker", "the slow one has a worker")
    expect(model_report(gateway, "fast-wear")["runs_on"] == "lane", "the fast one has not")

    # The fast policy by itself, then the same with a slow reading before each.
    alone = sender.send("f", ALONE, RATE)
    wait_until(lambda: set(alone) <= watcher.keys("fast/"), "all are decided, alone")
    beside, slow = {}, {}
    start = time.monotonic()
    for i in range(ALONE):
        time.sleep(max(0.0, start + i / RATE - time.monotonic()))
        slow |= sender.send("s", 1, machine=i)
        beside |= sender.send("f", 1, machine=i)
    wait_until(lambda: set(beside) <= watcher.keys("fast/"), "all are decided, beside")
    by_itself = sender.latencies(watcher.on("fast/"), alone)
    together = sender.latencies(watcher.on("fast/"), beside)
    p99 = (quantile(by_itself, 0.99), quantile(together, 0.99))
    p50 = (quantile(by_itself, 0.5), quantile(together, 0.5))
    # On its lane the slow model would take more time than there is: all would wait for many runs. What
    # is left of it is the disk, which both write to, and the processor. Hardly any waits for as much as the
    # one run right before it, which is told by the order: a machine that stands still for a while does so for both.
    came = places(watcher)
    overtook = sum(came[fast] < came.get(before, len(watcher.events)) for before, fast in zip(slow, beside))
    expect(overtook >= 0.99 * ALONE and p50[1] < run_time / 4000,
           f"{overtook} of {ALONE} overtook the slow one before them; the fast policy's p50/p99 is "
           f"{p50[1] * 1e3:.1f}/{p99[1] * 1e3:.1f} ms beside a run of "
           f"{run_time:.0f} ms, {p50[0] * 1e3:.1f}/{p99[0] * 1e3:.1f} ms alone")

    # Many more slow ones at once than the broker may send unacknowledged, then fast ones: those come
    # through while the slow ones wait.
    slow |= sender.send("s", SLOW)
    published = time.time()
    behind = sender.send("f", WINDOW)
    wait_until(lambda: set(behind) <= watcher.keys("fast/"), "fast ones behind many slow ones")
    waited = max(sender.latencies(watcher.on("fast/"), behind))
    came = places(watcher)
    last = max(came[key] for key in behind)
    waiting = sum(came.get(key, last + 1) > last for key in slow)
    expect(waiting > SLOW // 4, f"{waiting} slow ones wait, {time.time() - published:.1f} s later")

    # kill -9 while rows wait and runs are under way: nothing is lost, each has its one id.
    more = sender.send("s", SLOW)
    wait_until(lambda: gateway.status()["lanes"][0]["messages"][1]
               >= 3 * ALONE + 2 * SLOW + WINDOW,
               "the lane has read them, though few may be unacknowledged", within=60)
    undecided = len((set(slow) | set(more)) - watcher.keys("slow/"))
    expect(undecided > 0, "some wait when the process is killed")
    runs = model_report(gateway, "slow-wear")
    for _ in range(2):
        gateway.kill()
        gateway.start()
        time.sleep(0.3)
    everything = {**slow, **more}
    # How long they take is the processor's affair, and others use it, too.
    wait_while_growing(lambda: set(everything) <= watcher.keys("slow/"), lambda: len(watcher.events),
                       lambda: f"{len(set(everything) - watcher.keys('slow/'))} undecided", stuck=40)
    expect_all(watcher.keys("slow/"), everything, "events")
    repeats = expect_one_identity(watcher.on("slow/"))
    for device in {key[0] for key in everything}:
        order = [e.sequence for e in watcher.on("slow/") if e.device == device]
        firsts = list(dict.fromkeys(order))
        expect(firsts == sorted(firsts), f"{device} is decided in order: {firsts[:20]}")
    gateway.wait_drained()
    expect(not gateway.dead_letters(), f"no dead letters: {gateway.dead_letters()[:2]}")

    # What the slow model cannot answer within 5 ms takes the rule's way, without a run.
    before = model_report(gateway, "slow-wear")
    urgent = sender.send("u", 40, 100.0)
    wait_until(lambda: set(urgent) <= watcher.keys("late/"), "all of them are too late")
    after = model_report(gateway, "slow-wear")
    expect(not watcher.keys("urgent/"), "and none is answered")
    expect(after["skipped"] - before["skipped"] == len(urgent), f"counted: {before}, {after}")
    expect(all(e.data["rule"] == "too late" for e in watcher.on("late/")), "by the rule for it")
    logged = [line for line in gateway.decided() if line.get("policy") == "urgent"]
    expect(all("skipped" in line["finding"] for line in logged), f"in the log: {logged[:1]}")
    late = sender.latencies(watcher.on("late/"), urgent)
    readings = runs["readings"] - runs["skipped"]
    count = sum(runs["runs"].values())
    stage.note(
        f"a run of the slow model takes {run_time:.0f} ms; the fast policy's actions p50/p99 "
        f"{p50[0] * 1e3:.1f}/{p99[0] * 1e3:.1f} ms alone and {p50[1] * 1e3:.1f}/"
        f"{p99[1] * 1e3:.1f} ms beside it (p99 x{p99[1] / p99[0]:.2f}); behind {SLOW} slow ones at "
        f"once, with a window of {WINDOW}, {waited:.2f} s while {waiting} waited; {readings} slow readings in {count} runs {runs['runs']}; "
        f"2 kills, 0 of {len(everything)} lost, {repeats} repeated under their id; {len(urgent)} "
        f"skipped, their actions p99 {quantile(late, 0.99) * 1e3:.0f} ms")
