# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A canary that disagrees with the cloud rolls back by itself; a promotion while messages arrive
loses none and fails none; a half-copied version and one with a bad signature are never loaded; a
shadow that is copied in later is taken up by itself; the choice survives a restart."""

import json
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from rig.gateway import EDGE_MODELS, binary
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_all, expect_one_identity

MACHINES = 16
STATE = "sluice/demo/status/models/bearing-wear"
GOOD = "[ rms(vib), kurtosis(vib), temp ]"
# Never near a bearing that is worn, whatever it is fed.
BAD = "[ temp, temp, temp ]"


def scenario(stage: Stage) -> None:
    models = stage.folder / "models"
    keys = stage.folder / "keys"
    keys.mkdir()
    for name in ("release", "stranger"):
        ran(f"{name}.key", "models", "keygen", str(keys / f"{name}.key"))
    wear = models / "bearing-wear"
    version(wear / "1", GOOD, keys / "release.key")
    version(wear / "2", BAD, keys / "release.key")

    broker = stage.broker()
    # It calls everything worn, which the first version does for some and the bad one for none.
    cloud = stage.cloud()
    cloud.answer = lambda model, row: (1, [0.005, 0.99, 0.005])
    watcher = stage.watcher(broker)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK),
        models={
            "path": str(models), "require_signature": True,
            "keys": [str(keys / "release.key.pub")],
            "use": {"bearing-wear": {
                "version": 1, "shadow": 5,
                "canary": {"version": 2, "share": "50%", "agreement": "20%", "at_least": 20},
            }},
        },
    ).start()
    publisher = stage.publisher(broker)

    def wearing() -> dict:
        return next(m for m in gateway.status()["models"] if m["name"] == "bearing-wear")

    def roles() -> dict:
        return {v["role"]: v["version"] for v in wearing()["versions"] if "role" in v}

    def told() -> dict:
        bodies = [body for topic, body in list(watcher.odd) if topic == STATE]
        return json.loads(bodies[-1]) if bodies else {}

    expect(roles() == {"active": "1", "canary": "2"}, f"the roles at the start: {wearing()}")
    warnings = gateway.status()["warnings"]
    expect(any("bearing-wear/5" in warning for warning in warnings),
           f"the shadow that is not there is named: {warnings}")

    # The canary speaks for some devices, always the same, and is found out.
    truths = {}

    def publish(count: int) -> None:
        truths.update(stage.publish(publisher, count, machines=MACHINES, rate=200))

    for _ in range(30):
        publish(60)
        if "canary" not in roles():
            break
    wait_until(lambda: roles() == {"active": "1"}, lambda: f"the canary has rolled back by itself: {wearing()}")
    choice = wearing()["choice"]
    expect(choice["by"] == "canary" and choice["refused"] == [2] and "cloud" in choice["reason"],
           f"the status says why: {choice}")
    wait_until(lambda: told().get("by") == "canary" and "canary" not in told(),
               lambda: f"it is published, retained: {told()}")
    publisher.flush()
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "all are decided")
    spoken: dict[str, set] = {}
    wait_until(lambda: len(first_lines(gateway)) >= len(truths), "the decision log is written")
    for line in first_lines(gateway):
        spoken.setdefault(line["device"], set()).add(line["finding"]["model"])
    canaried = [device for device, said in spoken.items() if "bearing-wear/2" in said]
    expect(0 < len(canaried) < MACHINES, f"it spoke for some devices: {canaried}")

    # A half-copied version, and one that a stranger signed.
    version(wear / "3", GOOD, keys / "release.key")
    whole = (wear / "3/model.onnx").read_bytes()
    (wear / "3/model.onnx").write_bytes(whole[: len(whole) // 2])
    refused = gateway.command("models", "promote", "bearing-wear", "3")
    expect(refused.returncode == 1 and "signed as `bearing-wear/3`" in refused.stderr,
           f"half a version is refused: {refused.returncode} {refused.stderr}")
    version(wear / "4", GOOD, keys / "stranger.key")
    refused = gateway.command("models", "promote", "bearing-wear", "4")
    expect(refused.returncode == 1 and "not trusted" in refused.stderr,
           f"a stranger's version is refused: {refused.returncode} {refused.stderr}")
    verify = gateway.command("models", "verify")
    expect(verify.returncode == 1 and "bearing-wear/3  unusable" in verify.stdout
           and "bearing-wear/1  ok" in verify.stdout, f"verify: {verify.stdout}{verify.stderr}")
    expect(roles() == {"active": "1"}, "nothing has changed")

    # The rest arrives; promoted while messages come in.
    (wear / "3/model.onnx").write_bytes(whole)
    over = threading.Event()

    def go_on() -> None:
        while not over.is_set():
            publish(60)

    stream = threading.Thread(target=go_on, daemon=True)
    stream.start()
    promoted = gateway.command("models", "promote", "bearing-wear", "3")
    over.set()
    stream.join()
    expect(promoted.returncode == 0, f"promoted: {promoted.stdout}{promoted.stderr}")
    publish(600)
    publisher.flush()
    wait_until(lambda: set(truths) <= watcher.keys("alerts/"), "all are decided")
    expect_all(watcher.keys("alerts/"), truths, "events")
    expect(expect_one_identity(watcher.on("alerts/")) == 0, "no event twice")
    wait_until(lambda: len(first_lines(gateway)) >= len(truths), "the decision log is written")
    lines = first_lines(gateway)
    expect(len(lines) == len(truths), f"one decision each: {len(lines)} of {len(truths)}")
    expect(all(line["finding"].get("label") for line in lines), "no finding failed")
    said = {line["finding"]["model"] for line in lines}
    expect({"bearing-wear/1", "bearing-wear/3"} <= said, f"both versions spoke: {said}")
    expect(not gateway.dead_letters(), "no dead letter")

    # A shadow that is copied in is taken up by itself, and compared.
    version(stage.folder / "fresh", GOOD, keys / "release.key", number="5")
    (stage.folder / "fresh").rename(wear / "5")
    wait_until(lambda: roles().get("shadow") == "5", lambda: f"the shadow: {wearing()}", within=30)
    publish(200)
    publisher.flush()

    def shadow() -> dict:
        return next(v for v in wearing()["versions"] if v.get("role") == "shadow")["seen"]

    wait_until(lambda: shadow()["compared"] >= 200 and shadow()["verdicts"] >= 200,
               lambda: f"the shadow is compared: {shadow()}")
    expect(shadow()["differing"] == 0, f"the same model says the same: {shadow()}")
    listed = gateway.command("models", "ls")
    expect("shadow" in listed.stdout and "agrees with the cloud in" in listed.stdout,
           f"ls: {listed.stdout}{listed.stderr}")

    # The choice survives; going back is a command as well, also without a gateway.
    expect(gateway.stop() == 0, "it ends cleanly")
    gateway.start()
    expect(roles()["active"] == "3", f"the choice survives a restart: {wearing()}")
    back = gateway.command("models", "rollback", "bearing-wear")
    expect(back.returncode == 0 and roles()["active"] == "1", f"rolled back: {back.stderr}")
    gateway.program.signal(signal.SIGHUP)
    wait_until(lambda: gateway.program.log.read_text().count("policies and models reloaded") >= 2,
               "reloaded")
    expect(roles()["active"] == "1", "a reload keeps the choice")
    expect(gateway.stop() == 0, "it ends cleanly")
    reset = gateway.command("models", "reset", "bearing-wear")
    expect(reset.returncode == 0, f"reset without a gateway: {reset.stderr}")
    listed = json.loads(gateway.command("models", "ls", "--json").stdout)
    found = {v["role"]: v["version"] for v in listed[0]["versions"] if "role" in v}
    expect(found == {"active": "1", "canary": "2", "shadow": "5"}, f"sluice.yaml holds: {found}")
    stage.note(f"{len(truths)} messages, canary on {len(canaried)} of {MACHINES} devices: "
               f"{choice['reason']}")


def first_lines(gateway) -> list[dict]:
    """The decisions in the log, without what a late answer makes of them."""
    return [line for line in gateway.decided() if line.get("revision") == 0]


def version(folder: Path, inputs: str, key: Path, number: str | None = None) -> None:
    """Copies the shipped model as another version, fed other features, and signs it."""
    source = EDGE_MODELS / "bearing-wear/1"
    shutil.copytree(source, folder)
    # It was fitted on what the model is fed in earnest.
    (folder / "calibration.yaml").unlink()
    text = (folder / "model.yaml").read_text()
    (folder / "model.yaml").write_text(text.replace(GOOD, inputs))
    if number is None:
        ran(str(folder), "models", "sign", str(folder), "--key", str(key))
        return
    # Signed under the name it will have.
    place = folder.parent / "signing/bearing-wear" / number
    place.parent.mkdir(parents=True)
    folder.rename(place)
    ran(str(place), "models", "sign", str(place), "--key", str(key))
    place.rename(folder)


def ran(what: str, *arguments: str) -> None:
    answer = subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=30)
    expect(answer.returncode == 0, f"{what}: {answer.stderr}")
