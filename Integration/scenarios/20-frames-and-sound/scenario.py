# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Cameras and microphones: JPEG and PNG frames and bare samples are judged by the shipped models, every
broken, cut or monstrous one is a dead letter with its reason, and no picture gets into a log."""

import json
import struct
import zlib

from rig.process import expect, wait_until
from rig.shipped import POLICIES, TOPICS
from rig.stage import Stage

NAMES = ["camera-inspection", "part-count", "acoustic-leak", "time-to-failure"]


def payload(policy: str, name: str) -> bytes:
    return (POLICIES / policy / "payloads" / name).read_bytes()


def with_size(jpeg: bytes, width: int, height: int) -> bytes:
    """A JPEG whose header claims another size."""
    place = jpeg.index(b"\xff\xc0") + 5
    return jpeg[:place] + struct.pack(">HH", height, width) + jpeg[place + 4:]


def png_of_zeros(side: int) -> bytes:
    """A sound PNG of one colour: a few kilobytes that want `side` times `side` pixels."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def bad_frames(jpeg: bytes, png: bytes) -> dict[str, bytes]:
    middle = len(jpeg) // 2
    return {
        "nothing": b"",
        "a text": b"no picture",
        "three bytes of a JPEG": jpeg[:3],
        "half a JPEG": jpeg[:middle],
        "a JPEG with a hole": jpeg[:middle] + jpeg[middle + 100:middle + 140],
        "a JPEG that claims 65,500 x 65,500": with_size(jpeg, 65_500, 65_500),
        "half a PNG": png[: len(png) // 2],
        "a PNG with one wrong bit": png[:60] + bytes([png[60] ^ 1]) + png[61:],
        "a PNG of 20,000 x 20,000": png_of_zeros(20_000),
        "2 MB of zeros": bytes(2_000_000),
    }


def scenario(stage: Stage) -> None:
    broker = stage.broker(max_packet=32 << 20)
    watcher = stage.watcher(broker, "gates/#", "inspection/#", "trays/#", "maintenance/#", "alerts/#")
    # A command to a gate is let go of when it is late, which is not what is looked at here, and a slow machine is.
    policies = {name: (POLICIES / name / "policy.yaml").read_text().replace("max_age: 2s", "max_age: 60s")
                for name in NAMES}
    gateway = stage.gateway(broker, topics=TOPICS, policies=policies).start()
    pid = gateway.program.pid
    publisher = stage.publisher(broker)

    def topics() -> set[str]:
        return {event.topic for event in list(watcher.events)} | {t for t, _ in list(watcher.odd)}

    # Good and bad ones turn by turn, every one from a camera of its own.
    frames = {label: payload("camera-inspection", f"{label}.jpg")
              for label in ("good", "scratched", "dented", "empty")}
    png = payload("camera-inspection", "scratched.png")
    bad = bad_frames(frames["good"], png)
    bad_sound = {"half a sample": payload("acoustic-leak", "leak.pcm")[:-1]}
    wanted, passed = set(), set()
    for number, name in enumerate(bad):
        publisher.publish(f"plant/a/caps/bad{number}/frame", bad[name])
        label = list(frames)[number % 4]
        publisher.publish(f"plant/a/caps/c{number}/frame", frames[label])
        gate = f"gates/a/c{number}/reject"
        (wanted if label in ("scratched", "dented") else passed).add(gate)
    publisher.publish("plant/a/caps/png/frame", png)
    wanted.add("gates/a/png/reject")
    publisher.publish("plant/a/pipes/odd/sound", bad_sound["half a sample"])
    publisher.publish("plant/a/trays/full/frame", payload("part-count", "four.jpg"))
    publisher.publish("plant/a/trays/none/frame", payload("part-count", "none.jpg"))

    # Half a second after the other; a leak that goes on is one message to maintenance.
    for name, pipe in (("leak.pcm", "leaking"), ("tight.pcm", "tight")):
        sound = bytearray(payload("acoustic-leak", name))
        for number in range(5):
            sound[0:2] = struct.pack("<h", number)
            publisher.publish(f"plant/a/pipes/{pipe}/sound", bytes(sound))
    wanted.add("maintenance/a/pipes/leaking")
    for number in range(3):
        body = json.loads(payload("time-to-failure", "hours-6.json"))
        publisher.publish("plant/a/gearboxes/g1/vibration", {**body, "n": number + 1})
    wanted.add("alerts/a/g1")
    publisher.flush(within=60)

    wait_until(lambda: wanted <= topics(), lambda: f"missing: {sorted(wanted - topics())}", within=60)
    letters = wait_until(
        lambda: len(gateway.dead_letters()) >= len(bad) + 1 and gateway.dead_letters(),
        lambda: f"{len(gateway.dead_letters())} dead letters of {len(bad) + 1}", within=60)
    expect(len(letters) == len(bad) + 1, f"{len(letters)} dead letters for {len(bad) + 1} bad payloads")
    for letter in letters:
        expect(bool(letter.get("reason")), f"every dead letter has a reason: {letter}")
    odd = topics() - wanted
    expect(not odd, f"nothing else is said: {sorted(odd)}")
    expect(gateway.program.is_running and gateway.program.pid == pid, "the same process")

    # 10 caps, a PNG, two trays, ten sounds, three gearbox readings; bad frames decide nothing but a drop.
    count = len(bad) + 1 + 2 + 10 + 3
    wait_until(lambda: len([d for d in gateway.decided() if "failed" not in d.get("finding", {})]) >= count,
               lambda: f"{len(gateway.decided())} lines in the decision log")
    text = gateway.decisions.read_bytes()
    expect(len(text) < 200_000, f"{len(text)} bytes of decision log")
    expect(b"JFIF" not in text and b"/9j/" not in text, "no picture in the decision log")
    stage.note(f"{len(bad) + 1} bad payloads, as many dead letters; {count} good ones decided")
