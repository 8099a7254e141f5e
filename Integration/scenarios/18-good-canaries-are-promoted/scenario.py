# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Canaries that keep their limits are promoted by themselves while messages arrive: one of a model that
looks at windows, which goes on in the middle of them, and one so slow that it has a worker beside a
version that has none. Every reading is decided once, none fails, and the choice survives a restart."""

import shutil
import time
from pathlib import Path

from rig import slow_model
from rig.gateway import EDGE_MODELS
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

LONGEST = 240
MACHINES = 16  # so many that chance gives neither version all of them
RATE = 60.0
GOOD = "[ rms(vib), kurtosis(vib), temp ]"
WINDOWED = "[ rms(vib), kurtosis(vib), mean(temp) ]"
WINDOW = "window: { samples: 128, hop: 64 }\n"  # two readings, and from one to the next

POLICY = """\
policy: {name}
match: {{ topic: "plant/{line}/machines/+machine/vibration" }}
reading:
  format: json
  device: "{line}/{{machine}}"
  time: ts
  sequence: n
  fields: {{ vib: vib.samples, temp: temp, current: current }}
model: {name}
otherwise: {{ route: act }}
actions:
  - name: failed
    when: model.failed
    publish: {{ topic: "failed/{{machine}}", qos: 1 }}
  - name: done
    when: "!model.failed"
    publish: {{ topic: "done/{name}/{{machine}}", qos: 1 }}
"""


def scenario(stage: Stage) -> None:
    models = stage.folder / "models"
    for number in ("1", "2"):
        version(models / "trend" / number, WINDOWED, WINDOW)
    version(models / "mixed/1")
    slow_model.write(stage.folder / "made", "mixed", layers=12)
    shutil.copytree(stage.folder / "made/mixed/1", models / "mixed/2")
    limits = {"failures": "10%", "at_least": 50, "promote_after": "2s"}
    canary = {"version": 2, "share": "50%", **limits}

    broker = stage.broker()
    watcher = stage.watcher(broker, "done/#", "failed/#", "sluice/#")
    gateway = stage.gateway(
        broker,
        policies={name: POLICY.format(name=name, line=name) for name in ("trend", "mixed")},
        models={
            "path": str(models),
            "use": {name: {"version": 1, "canary": canary} for name in ("trend", "mixed")},
        },
        topics=["plant/+/machines/+/vibration"],
    ).start()
    publisher = stage.publisher(broker)

    def report(name: str) -> dict:
        return next(m for m in gateway.status()["models"] if m["name"] == name)

    def roles(name: str) -> dict:
        return {v["role"]: v["version"] for v in report(name)["versions"] if "role" in v}

    for name in ("trend", "mixed"):
        expect(roles(name) == {"active": "1", "canary": "2"}, f"at the start: {report(name)}")
    where = {m["model"]: m["runs_on"] for m in gateway.status()["inference"]}
    expect(where["mixed/2"] == "worker" and where["mixed/1"] == "lane", f"where they run: {where}")

    sent: dict[str, set] = {"trend": set(), "mixed": set()}

    def publish(count: int) -> None:
        start = time.monotonic()
        for i in range(count):
            time.sleep(max(0.0, start + i / RATE - time.monotonic()))
            for name, keys in sent.items():
                machine = f"m{i % MACHINES + 1:02d}"
                topic, body, _ = stage.reading(machine, name)
                publisher.publish(topic, body)
                keys.add((f"{name}/{machine}", body["n"]))

    for _ in range(20):
        publish(120)
        if all(roles(name) == {"active": "2"} for name in sent):
            break
    for name in sent:
        wait_until(lambda: roles(name) == {"active": "2"}, lambda: f"promoted by itself: {report(name)}")
        choice = report(name)["choice"]
        expect(choice["by"] == "canary" and "kept its limits" in choice["reason"], f"{choice}")
    publish(80)
    publisher.flush()

    # The first reading of a device completes no window, whichever version looks at it.
    wanted = {
        "trend": {key for key in sent["trend"] if key[1] > 1},
        "mixed": sent["mixed"],
    }
    for name, keys in wanted.items():
        topic = f"done/{name}/"
        wait_until(lambda: keys <= watcher.keys(topic), lambda: f"all of {name} are decided: "
                   f"{len(keys - watcher.keys(topic))} lack", within=60)
        expect_all(watcher.keys(topic), dict.fromkeys(keys), f"events of {name}")
        expect(expect_one_identity(watcher.on(topic)) == 0, "no event twice")
    expect(not watcher.on("failed/"), f"{len(watcher.on('failed/'))} findings failed")
    count = sum(len(keys) for keys in wanted.values())
    said: dict[str, set] = {}
    for line in wait_until(lambda: (d := gateway.decided()) and len(d) >= count and d, "the log"):
        said.setdefault(line["finding"]["model"], set()).add(line["device"])
    spoke = {model: len(devices) for model, devices in said.items()}
    expect(all(0 < spoke.get(f"{name}/1", 0) < MACHINES and spoke[f"{name}/2"] == MACHINES
               for name in sent), f"version 2 spoke for some devices, and then for all: {spoke}")
    expect(not gateway.dead_letters(), "no dead letter")

    expect(gateway.stop() == 0, "it ends cleanly")
    gateway.start()
    for name in sent:
        expect(roles(name)["active"] == "2", f"the choice survives a restart: {report(name)}")
    stage.note(f"{sum(len(keys) for keys in sent.values())} messages; devices by version {spoke}; "
               f"{report('trend')['choice']['reason']}")


def version(folder: Path, inputs: str = GOOD, window: str = "") -> None:
    """Copies the shipped model, fed other features."""
    shutil.copytree(EDGE_MODELS / "bearing-wear/1", folder)
    # It was fitted on what the model is fed in earnest.
    (folder / "calibration.yaml").unlink()
    text = (folder / "model.yaml").read_text()
    (folder / "model.yaml").write_text(text.replace(GOOD, inputs) + window)
