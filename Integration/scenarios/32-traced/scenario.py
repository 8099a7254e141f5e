# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Traces and metrics over OTLP: one tree a message, taken over from the device's `traceparent` and handed
on to the cloud and with alerts; nothing of payloads, topics or devices in it (G8). A collector that is
busy gets its spans later, one that hangs or refuses costs nothing but spans, and those are counted."""

import time

from rig.otlp import Collector
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage

PARENT = "00f067aa0ba902b7"
DROPPED = "sluice_telemetry_spans_dropped_total"


def name(span: dict) -> str:
    return span["name"]


def traceparent(span: dict) -> str:
    return f"00-{span['traceId']}-{span['spanId']}-01"


def decisions(collector: Collector) -> int:
    metric = collector.metrics.get("sluice_decide_decisions_total", {"sum": {"dataPoints": []}})
    return sum(int(point["asInt"]) for point in metric["sum"]["dataPoints"])


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    collector = Collector()
    token = stage.folder / "token"
    token.write_text("Bearer otlp-secret\n")
    token.chmod(0o600)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK, deadline="2s"), endpoint={"timeout": "5s"},
        telemetry={"otlp": {"url": collector.url, "sample": 0.0, "interval": "1s",
                            "headers": {"Authorization": {"value_file": str(token)}}}},
    ).start()
    publisher = stage.publisher(broker)
    watcher = stage.watcher(broker, "alerts/#")
    sent = 0

    def publish(traces: list[str], flag: str = "01", machine: str = "m01") -> None:
        nonlocal sent
        for trace in traces:
            topic, body, _ = stage.reading(machine)
            publisher.publish(topic, body, user=[("other", "x"), ("traceparent", f"00-{trace}-{PARENT}-{flag}")])
            sent += 1
        publisher.flush()

    def spans(kind: str, traces: list[str]) -> list[dict]:
        return [span for span in list(collector.spans) if name(span) == kind and span["traceId"] in traces]

    kept = [f"4bf92f3577b34da6a3ce929d0e0e{number:04x}" for number in range(10)]
    others = [f"5bf92f3577b34da6a3ce929d0e0e{number:04x}" for number in range(10)]
    for number in range(10):
        publish([kept[number]], machine=f"m{number % 4 + 1:02d}")
        publish([others[number]], flag="00", machine=f"m{number % 4 + 1:02d}")
    publisher.publish(*stage.reading("m09")[:2])
    publisher.flush()
    sent += 1

    for kind in ("ingest", "decode", "infer", "decide", "escalate", "act", "message"):
        wait_until(lambda: len(spans(kind, kept)) >= len(kept),
                   lambda: f"{kind} of every trace: {[name(span) for span in collector.spans]}", within=20)
    expect(not collector.faults, f"as the protocol has it: {collector.faults}")
    expect({span["traceId"] for span in collector.spans} == set(kept),
           "what was sampled is traced, what was not is not, and no other where the share is 0")
    for trace in kept:
        tree = [span for span in collector.spans if span["traceId"] == trace]
        roots = [span for span in tree if span.get("parentSpanId") == PARENT]
        expect([name(span) for span in roots] == ["message"], f"one root below the device's span: {roots}")
        below = [span for span in tree if span is not roots[0]]
        expect(all(span["parentSpanId"] == roots[0]["spanId"] for span in below), "one tree")
        names = sorted(name(span) for span in below if name(span) != "spool")
        expect(names == ["act", "decide", "decode", "escalate", "infer", "ingest"], f"every step: {names}")
        expect(len({span["spanId"] for span in tree}) == len(tree), "every span its own id")

    foreign = {f"00-{trace}-{PARENT}-00" for trace in others}
    asked = {traceparent(span) for span in spans("escalate", kept)}
    expect(cloud.parents and cloud.parents <= asked | foreign,
           f"the cloud is handed the span of its question: {cloud.parents} {asked}")
    wait_until(lambda: len(watcher.events) >= sent, "every alert")
    told = {event.user.get("traceparent") for event in watcher.events} - {None}
    expect(told == {traceparent(span) for span in spans("act", kept)} | foreign,
           "an alert is handed the span of its action, and a trace that is not kept as it came")

    said = b"".join(collector.bodies)
    for secret in (b"m01", b"m02", b"plant/", b"alerts/", b"serial", b"otlp-secret", b"vib\""):
        expect(secret not in said, f"{secret} is exported")
    expect(all(one["authorization"] == "Bearer otlp-secret" for one in collector.headers), "headers by reference")
    # Whose body was in hand when the last of them was decided is one interval old.
    wait_until(lambda: decisions(collector) == sent,
               lambda: f"every decision is counted: {decisions(collector)} of {sent}", within=10)

    # One that is busy is asked again when it says so, and gets what it missed.
    collector.retry_after, collector.status = 3, 503
    calls = collector.calls
    wait_until(lambda: collector.calls > calls, "it is asked, and says that it is busy")
    late = [f"6bf92f3577b34da6a3ce929d0e0e{number:04x}" for number in range(5)]
    publish(late)
    time.sleep(3)
    # By when they came: how long the sleep took in the end is the machine's affair.
    soon = [at - collector.at[calls] for at in collector.at[calls + 1:] if at - collector.at[calls] < 3]
    expect(len(soon) <= 1, f"it is left alone for as long as it wants: {soon}")
    collector.retry_after, collector.status = None, 200
    wait_until(lambda: len(spans("message", late)) == len(late), "what it missed comes later")

    # One that hangs holds nobody up.
    collector.delay = 30
    publish([f"7bf92f3577b34da6a3ce929d0e0e{number:04x}" for number in range(5)])
    time.sleep(1.5)
    started = time.time()
    publish([f"8bf92f3577b34da6a3ce929d0e0e{number:04x}" for number in range(20)])
    wait_until(lambda: len(watcher.events) >= sent, "alerts while the collector hangs")
    stage.note(f"alerts of 20 messages after {time.time() - started:.2f} s while the collector hangs")

    # One that refuses for good: dropped, counted, told.
    collector.delay, collector.status = 0, 400
    publish([f"9bf92f3577b34da6a3ce929d0e0e{number:04x}" for number in range(5)])

    def refused() -> dict | None:
        """What is dropped may have been dropped while it hung."""
        said = gateway.status()["telemetry"]
        return said if said["dropped"] > 0 and "400" in said.get("trouble", "") else None

    report = wait_until(refused, lambda: f"dropped spans are in the status, with the reason: "
                        f"{gateway.status()['telemetry']}", within=40)
    collector.status = 200

    def dropped() -> int:
        metric = collector.metrics.get(DROPPED, {"sum": {"dataPoints": []}})
        return sum(int(point["asInt"]) for point in metric["sum"]["dataPoints"])

    wait_until(lambda: dropped() >= report["dropped"], "and in a metric", within=20)
    expect(gateway.stop() == 0, "it ends cleanly")
    stage.note(f"{len(collector.spans)} spans, {len(collector.metrics)} metrics, {dropped()} spans dropped")
    expect(not collector.faults, f"as the protocol has it: {collector.faults}")
    (stage.folder / "received.json").write_bytes(b"\n".join(collector.bodies))
    collector.stop()
