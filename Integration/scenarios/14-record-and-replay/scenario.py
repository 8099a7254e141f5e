# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What is recorded is what was decided: the same policy makes the same of it again, another
threshold changes what the report says, and a trace that may leave the site hides the machines."""

import json
import os
import shutil
import stat

from rig.gateway import EDGE_MODELS
from rig.policies import hybrid
from rig.process import expect, wait_until
from rig.stage import Stage

COUNT = 300


def lines(path) -> list[dict]:
    """The whole lines: the last may be under way."""
    return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.delay = 0.02
    trace = stage.folder / "trace.jsonl"
    # Without calibrations: a calibrated model is asked again, for its calibration may be newer.
    models = stage.folder / "models"
    shutil.copytree(EDGE_MODELS, models, ignore=shutil.ignore_patterns("calibration.yaml"))
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(0.9, deadline="2s"), endpoint={"timeout": "5s"},
        record={"path": str(trace), "max_size": "8MiB"}, models={"path": str(models)},
    ).start()
    publisher = stage.publisher(broker)
    outbound = stage.folder / "outbound.jsonl"
    started = gateway.command("record", "--out", str(outbound), "--scope", "outbound")
    expect(started.returncode == 0, f"sluice record: {started.stderr}")

    stage.publish(publisher, COUNT, rate=200)
    publisher.flush()
    wait_until(lambda: len(gateway.decided()) >= COUNT,
               lambda: f"{len(gateway.decided())} of {COUNT} decided")
    wait_until(lambda: gateway.backlog() == 0, "every question is answered")

    def counted(kind: str) -> list[dict]:
        return [line for line in lines(trace) if line.get("kind") == kind]

    def unanswered() -> set[str]:
        """Escalations without a verdict: the events leave before the trace is written."""
        asked = {line["id"] for line in counted("decision") if line["route"] == "escalate"}
        return asked - {line["id"] for line in counted("verdict")}

    wait_until(lambda: len(counted("decision")) >= COUNT, "every decision is recorded")
    wait_until(lambda: not unanswered(), lambda: f"every escalation has its verdict: {len(unanswered())} have none")
    stopped = gateway.command("record", "--stop")
    expect("ended" in stopped.stdout, f"sluice record --stop: {stopped.stdout} {stopped.stderr}")

    # What was recorded equals what was decided.
    decided = {line["decision_id"]: line for line in gateway.decided() if line["revision"] == 0}
    recorded = {line["id"]: line for line in counted("decision")}
    expect(set(decided) == set(recorded), f"{len(recorded)} recorded, {len(decided)} decided")
    for identity, line in recorded.items():
        was = decided[identity]
        same = all(line[key] == was[key] for key in ("device", "rule", "route", "sequence"))
        expect(same, f"recorded {line}\ndecided {was}")
    escalated = [line for line in recorded.values() if line["route"] == "escalate"]
    expect(0 < len(escalated) < COUNT, f"some of each: {len(escalated)} of {COUNT} escalated")
    expect(stat.S_IMODE(os.stat(trace).st_mode) == 0o600, "the trace is its owner's alone")

    # The same policy decides the same; nothing of it depends on the clock or the machine.
    replay = ["replay", "--trace", str(trace)]
    same = gateway.command(*replay, "--json")
    expect(same.returncode == 0, f"sluice replay: {same.stderr}")
    report = json.loads(same.stdout)
    expect(report["decisions"] == COUNT and report["changed"] == 0, same.stdout[:600])
    expect(report["new"]["routes"]["escalate"] == len(escalated), same.stdout[:600])
    expect(report["findings_made_again"] == 0, "the recorded findings are used")
    again = gateway.command(*replay, "--run-models", "--json")
    fresh = json.loads(again.stdout)
    expect(fresh["changed"] == 0 and fresh["findings_made_again"] == COUNT, again.stdout[:600])
    expect(gateway.command(*replay, "--json").stdout == same.stdout, "the same, byte for byte")

    # Another threshold.
    page = stage.folder / "report.html"
    other = gateway.command(*replay, "--threshold", "bearing-wear=1", "--price-per-call", "0.0004",
                            "--json", "--report", str(page))
    asked = json.loads(other.stdout)
    unsure = [line for line in recorded.values() if line["finding"]["confidence"] < 1]
    expect(asked["changed"] == len(unsure) - len(escalated), other.stdout[:600])
    expect(asked["new"]["calls"] == len(unsure), other.stdout[:600])
    text = page.read_text()
    expect("<svg" in text and "<script" not in text, "the page has its plots and no scripts")

    # What may leave the site names no machine, and still answers for the numbers.
    shared = outbound.read_text()
    for secret in ("plant/", "a/m0", "machines", '"sequence"'):
        expect(secret not in shared, f"{secret} is in the outbound trace")
    hidden = gateway.command("replay", "--trace", str(outbound), "--json")
    expect(hidden.returncode == 0, f"sluice replay of the outbound trace: {hidden.stderr}")
    expect(json.loads(hidden.stdout)["changed"] == 0, hidden.stdout[:600])
    # For a while, on demand.
    brief = stage.folder / "brief.jsonl"
    stage.publish(publisher, 5)
    timed = gateway.command("record", "--for", "1s", "--out", str(brief), "--sample", "50%")
    expect(timed.returncode == 0 and "ended" in timed.stdout, f"{timed.stdout} {timed.stderr}")
    expect(lines(brief)[0]["sample"] == 0.5, "the header says what share was recorded")
    refused = gateway.command("record", "--for", "1s", "--out", "/nowhere/trace.jsonl")
    expect(refused.returncode != 0 and "No such file" in refused.stderr, f"{refused.stderr}")
    stage.note(f"{COUNT} decisions, {len(escalated)} escalated, 0 changed by the same policy")
