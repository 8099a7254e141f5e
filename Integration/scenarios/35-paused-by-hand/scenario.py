# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The inputs are paused by hand while messages come: what was received is settled and acknowledged, what comes stays
with the broker, the state says who, why and what to do, and neither kill -9 nor a restart ends it. Questions and rows
go on. Resumed, over the admin server as over the command, everything is decided once."""

import json
import urllib.request

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, free_port, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

COUNT = 400
WHY = "the tank is cleaned"


def scenario(stage: Stage) -> None:
    broker, cloud, port = stage.broker(), stage.cloud(), free_port()
    gateway = stage.gateway(broker, cloud, policy=hybrid(ALWAYS_ASK),
                            admin={"listen": f"127.0.0.1:{port}"}).start()
    publisher, watcher = stage.publisher(broker), stage.watcher(broker)
    # The cloud is away, so that rows wait; some messages are under way when the pause is ordered.
    cloud.stop()
    sent = stage.publish(publisher, COUNT, rate=400)
    # The gateway answers whatever is wrong by now with the file that it once read.
    written = gateway.config.read_text()
    gateway.config.write_text(written + "\nnobody_knows_this: 1\n")
    paused = gateway.command("pause", "--why", WHY)
    gateway.config.write_text(written)
    expect(paused.returncode == 0 and "sluice resume" in paused.stdout, f"{paused.stdout}{paused.stderr}")
    publisher.flush()
    wait_until(lambda: state(gateway) == "paused", lambda: f"{gateway.status()['state']}")
    report = gateway.status()
    expect(report["pause"]["why"] == WHY and report["pause"]["by"], f"{report['pause']}")
    expect(any(WHY in cause for cause in report["state"]["causes"]), f"{report['state']}")
    expect("sluice resume" in report["state"]["remedy"], f"{report['state']}")
    expect(not any("not connected" in warning for warning in report["warnings"]), f"{report['warnings']}")
    # What was under way when the order came has been read when no lane is connected any more.
    wait_until(lambda: not any(lane["connected"] for lane in gateway.status()["lanes"]), "no lane is connected")
    taken = received(gateway)

    # Nothing that comes now is taken; a kill and a start change nothing about it.
    sent |= stage.publish(publisher, COUNT)
    publisher.flush()
    expect(received(gateway) == taken, f"{received(gateway)} messages taken, {taken} before the pause")
    gateway.kill()
    gateway.spawn()
    wait_until(lambda: state(gateway) == "paused", lambda: f"{gateway.status()}", within=30)
    expect(received(gateway) == 0, f"{received(gateway)} messages taken after the start")
    # What waits on disk goes out all the same.
    waiting = gateway.backlog()
    expect(waiting > 0, "rows wait")
    cloud.start()
    gateway.wait_drained(within=60)
    expect(state(gateway) == "paused", "still paused")

    body = b""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/v1/resume", data=body, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        expect(json.loads(answer.read()) == {"paused": False}, "resumed")
    gateway.wait_ready()
    wait_until(lambda: {event.key for event in watcher.on("alerts/")} >= set(sent),
               lambda: f"{len({event.key for event in watcher.on('alerts/')})} of {len(sent)}", within=60)
    expect_all({event.key for event in watcher.on("alerts/")}, sent, "each is decided")
    repeats = expect_one_identity(watcher.on("alerts/"))
    gaps = [lane["session_gaps"] for lane in gateway.status()["lanes"]]
    expect(not any(gaps), f"the broker kept the session: {gaps}")
    wait_until(lambda: state(gateway) == "healthy", lambda: f"{gateway.status()['state']}", within=30)
    log = gateway.program.log.read_text()
    for words in ("inputs are paused by order", WHY, "inputs stay paused", "inputs go on by order"):
        expect(words in log, f"the log has `{words}`")
    stage.note(f"{len(sent)} messages over a pause of two runs, {waiting} rows drained meanwhile, {repeats} repeats")


def state(gateway) -> str | None:
    return ((gateway.status() or {}).get("state") or {}).get("state")


def received(gateway) -> int:
    """Messages that its inputs have taken since it was started."""
    return sum(sum(lane["messages"]) for lane in gateway.status()["lanes"])
