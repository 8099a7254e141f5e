# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Decisions and readings reach the user's lake: while it is away they wait on disk, over a kill -9
too; when it is back they arrive in each device's order; the one line that it refuses becomes a dead
letter and holds back nobody but its own device, for as long as it is tried."""

from rig.lake import Lake
from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage

COUNT = 400
SINKS = "sinks: [{ sink: lake, send: both }]\n"


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    lake = Lake().start()
    stage._ends.append(lake.stop)
    gateway = stage.gateway(
        broker, policy=local() + SINKS,
        sinks={"lake": {"kind": "https-ndjson", "url": lake.url, "max_lines": 50}},
    ).start()
    publisher = stage.publisher(broker)
    watcher = stage.watcher(broker)
    first = stage.publish(publisher, 40, rate=200)
    wait_until(lambda: len(lake.lines) >= 40, lambda: f"{len(lake.lines)} of 40 lines")

    lake.stop()
    gone = stage.publish(publisher, COUNT, rate=300)
    publisher.flush()
    wait_until(lambda: gateway.backlog() >= COUNT, lambda: f"{gateway.backlog()} of {COUNT} wait")
    wait_until(lambda: {*first, *gone} <= watcher.keys("alerts/"), "the lake holds back no alert")
    wait_until(lambda: "lake" in " ".join(gateway.status()["warnings"]),
               lambda: f"the status tells of it: {gateway.status()['warnings']}")
    gateway.kill()
    gateway.start()

    bad = ("a/m02", 55)
    lake.refuses = lambda line: (line["data"].get("sequence") == bad[1]
                                 and line["data"]["fields"]["temp"] is not None
                                 and line["id"] in refused_ids(watcher, bad))
    lake.start()
    truths = first | gone
    wait_until(lambda: len({line["id"] for line in lake.lines}) >= len(truths) - 1,
               lambda: f"{len({line['id'] for line in lake.lines})} of {len(truths) - 1} lines",
               within=90)
    wait_until(lambda: gateway.backlog() == 0, lambda: f"{gateway.backlog()} rows left", within=60)
    letters = gateway.dead_letters()
    expect(len(letters) == 1, f"one dead letter: {letters}")
    expect(letters[0]["code"] == "refused" and letters[0]["kind"] == "delivery", f"{letters[0]}")

    # Nothing but what the policy lets out: no device, no topic, no serial number.
    expect(all("device" not in line["data"] and "subject" not in line and "topic" not in line["data"]
               for line in lake.lines), "no device was told")
    expect(all(set(line["data"]["fields"]) <= {"vib", "temp", "current"} for line in lake.lines),
           "no other field was told")
    # The lake is told again once it takes the line: sent again, it arrives.
    lake.refuses = lambda line: False
    again = gateway.command("spool", "requeue", str(letters[0]["id"]))
    expect(again.returncode == 0, f"{again.stdout}{again.stderr}")
    wait_until(lambda: len({line["id"] for line in lake.lines}) == len(truths),
               lambda: f"{len({line['id'] for line in lake.lines})} of {len(truths)} lines")
    # In order for each device, told apart by the decisions' own ids, the one sent again aside.
    device = {event.decision: event.device for event in watcher.on("alerts/")}
    sequence = {event.decision: event.sequence for event in watcher.on("alerts/")}
    last: dict[str, int] = {}
    seen: set[str] = set()
    for line in lake.lines:
        if line["id"] in seen or line["id"] in refused_ids(watcher, bad):
            continue
        seen.add(line["id"])
        decision = line["decision"]
        expect(sequence[decision] > last.get(device[decision], 0),
               f"{device[decision]}: {sequence[decision]} after {last.get(device[decision])}")
        last[device[decision]] = sequence[decision]
    repeats = len(lake.lines) - len({line["id"] for line in lake.lines})
    expect(not gateway.dead_letters(), "no dead letter is left")
    stage.note(f"{len(truths)} lines in {lake.calls} calls of {lake.largest} at most, "
               f"{lake.refused} refused, {repeats} repeats after the kill")


def refused_ids(watcher, bad: tuple[str, int]) -> set[str]:
    """The line's id, by the decision that its alert names."""
    return {f"{event.decision}:0:sink/lake" for event in watcher.on("alerts/") if event.key == bad}
