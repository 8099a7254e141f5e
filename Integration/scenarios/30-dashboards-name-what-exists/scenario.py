# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The dashboards and alert rules of the package name only metrics and labels that a gateway renders, and
`promtool`, where it is there, finds nothing wrong with either."""

import http.client
import shutil
import subprocess
import sys
from pathlib import Path

from rig.gateway import ROOT, _Control
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage

PACKAGE = ROOT / "Integration/package"
sys.path.insert(0, str(PACKAGE))

import metric_names  # noqa: E402


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK),
        endpoint={"budget": {"calls": "100000/day"}},
    ).start()
    publisher = stage.publisher(broker)
    # What is counted shows when there is something to count: questions, drops, letters, a backlog.
    publisher.publish("plant/a/machines/m01/vibration", b"no JSON", 1)
    stage.publish(publisher, 40)
    cloud.stop()
    stage.publish(publisher, 40)
    publisher.flush()
    wait_until(lambda: gateway.backlog() >= 40, lambda: f"{gateway.backlog()} questions wait for the cloud")
    cloud.start()
    gateway.wait_drained(within=60)
    wait_until(lambda: not metric_names.missing(metrics(gateway)),
               lambda: "\n".join(metric_names.missing(metrics(gateway))), every=1)
    names = {name for _, text in metric_names.expressions()
             for name, _ in metric_names.NAME.findall(text)}
    checked = "without promtool"
    if promtool := shutil.which("promtool"):
        text = metrics(gateway)
        answer = subprocess.run([promtool, "check", "metrics"], input=text, text=True,
                                capture_output=True, timeout=30)
        wrong = [line for line in answer.stderr.splitlines() if "error" in line]
        expect(not wrong, f"promtool check metrics: {wrong[:5]}")
        for path in sorted(Path(PACKAGE).glob("prometheus/*.rules.yml")):
            answer = subprocess.run([promtool, "check", "rules", str(path)], text=True,
                                    capture_output=True, timeout=30)
            expect(answer.returncode == 0, answer.stderr)
        checked = "promtool agrees"
    stage.note(f"{len(names)} metrics are named, all are rendered; {checked}")


def metrics(gateway) -> str:
    connection = _Control(gateway.settings["control"]["socket"], 10)
    try:
        connection.request("GET", "/metrics")
        answer = connection.getresponse()
        text = answer.read().decode()
        expect(answer.status == 200, f"/metrics: {answer.status} {text[:200]}")
        return text
    except (OSError, http.client.HTTPException) as error:
        return f"# {error}"
    finally:
        connection.close()
