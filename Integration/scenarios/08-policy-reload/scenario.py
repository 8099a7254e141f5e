# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""SIGHUP takes a new set of policies as a whole, or keeps the old one and says why; `check` finds
the same fault with its place, and a gateway does not start with it."""

import signal

from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all

OLD = local().replace("alerts/", "alerts/old/")
NEW = local().replace("alerts/", "alerts/new/")
BAD = local().replace("confidence >= threshold", "confidnce >= threshold")


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, policy=OLD).start()
    pid = gateway.program.pid
    publisher = stage.publisher(broker)

    def lands(prefix: str, what: str) -> None:
        truths = stage.publish(publisher, 20)
        publisher.flush()
        wait_until(lambda: set(truths) <= watcher.keys(prefix), what)
        expect_all(watcher.keys(prefix), truths, what)

    lands("alerts/old/", "decided by the first policy")

    gateway.write_policies({"bearing-wear": NEW})
    lands("alerts/old/", "a changed file alone changes nothing")
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: stage.publish(publisher, 1) and watcher.on("alerts/new/"),
               "the new policy is taken", within=10, every=0.2)
    lands("alerts/new/", "decided by the second policy")

    gateway.write_policies({"bearing-wear": BAD})
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: "confidnce" in gateway.program.log.read_text(),
               "the log says what is wrong with the new set", within=10)
    lands("alerts/new/", "the old set still decides")
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")

    check = gateway.command("check")
    said = check.stdout + check.stderr
    expect(check.returncode == 78, f"check exits with 78: {check.returncode}")
    expect("policy.yaml:" in said and "confidnce" in said and "confidence" in said,
           f"check names file, line and what was meant:\n{said}")
    expect(gateway.stop() == 0, "it ends cleanly")
    gateway.spawn()
    status = gateway.program.process.wait(20)
    expect(status == 78, f"with a bad policy it does not start: {status}")

    gateway.write_policies({"bearing-wear": OLD})
    expect(gateway.command("check").returncode == 0, "check is content again")
    stage.note("good taken, bad refused with its place")
