# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""SIGHUP takes a new set of policies as a whole, or keeps the old one and says why: a set with a
fault, and a set that fails its own tests. `check` and `test` find the same with its place, and a
gateway does not start with it."""

import signal

from rig.policies import local
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all

OLD = local().replace("alerts/", "alerts/old/")
NEW = local().replace("alerts/", "alerts/new/")
OTHER = local().replace("alerts/", "alerts/other/")
TESTS = """\
topic: plant/a/machines/m01/vibration
cases:
  - name: a sure fault rings the bell
    given: { finding: { label: fault, confidence: 0.97 } }
    expect: { rule: sure, publishes: [alerts/new/a/m01] }
"""
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

    refused = wait_until(lambda: gateway.status().get("refused_reload"), "the status says so, too")
    expect("confidnce" in refused["reasons"][0], f"the status says why: {refused}")

    # A set without a fault that does not do what its own tests say.
    tests = gateway.policies / "bearing-wear/tests.yaml"
    tests.write_text(TESTS)
    gateway.write_policies({"bearing-wear": OTHER})
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: "a sure fault rings the bell" in gateway.program.log.read_text(),
               "the log names the case that fails", within=10)
    lands("alerts/new/", "the set that fails its tests does not decide")
    again = wait_until(lambda: (now := gateway.status()["refused_reload"])["reasons"] != refused["reasons"] and now,
                       "the status has the new reason")
    expect(f"{tests}:3:5" in again["reasons"][0] and "alerts/other/a/m01" in again["reasons"][0],
           f"the status names the case, its place and what differs: {again}")
    expect(again["since"] == refused["since"], "refused since the first time")
    said = gateway.command("status").stdout
    expect("are refused" in said and "a sure fault rings the bell" in said,
           f"so does the status in words:\n{said}")
    test = gateway.command("test")
    expect(test.returncode == 1 and "alerts/other/a/m01" in test.stdout,
           f"test fails with what differs: {test.returncode}\n{test.stdout}{test.stderr}")
    told = gateway.command("reload")
    expect(told.returncode == 78 and "a sure fault rings the bell" in told.stderr,
           f"the verb says so, too: {told.returncode}\n{told.stdout}{told.stderr}")
    gateway.write_policies({"bearing-wear": NEW})
    told = gateway.command("reload")
    expect(told.returncode == 0 and "refused_reload" not in gateway.status(),
           f"a set that passes is taken: {told.returncode}\n{told.stderr}")
    expect(gateway.command("test").returncode == 0, "test passes")

    gateway.write_policies({"bearing-wear": OTHER})
    expect(gateway.stop() == 0, "it ends cleanly")
    gateway.spawn()
    status = gateway.program.process.wait(20)
    expect(status == 78, f"with a policy that fails its tests it does not start: {status}")
    tests.unlink()
    gateway.write_policies({"bearing-wear": BAD})

    check = gateway.command("check")
    said = check.stdout + check.stderr
    expect(check.returncode == 78, f"check exits with 78: {check.returncode}")
    expect("policy.yaml:" in said and "confidnce" in said and "confidence" in said,
           f"check names file, line and what was meant:\n{said}")
    gateway.spawn()
    status = gateway.program.process.wait(20)
    expect(status == 78, f"with a bad policy it does not start: {status}")

    gateway.write_policies({"bearing-wear": OLD})
    expect(gateway.command("check").returncode == 0, "check is content again")
    stage.note("good taken, bad and failing refused with their places")
