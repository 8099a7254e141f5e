# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Frames are asked about over four protocols, with the cloud away for a while, go by a lake, webhooks, a trace for
others and the dead letters; every byte on those ways is searched for anything of them, in any writing. Of policies
that do not let them out there is nothing (G8); of the same policies with the frame's name in `privacy: { send }` the
same search finds each one, and only on the way to the endpoint that is asked."""

import json

from rig.broker import Broker
from rig.clouds import LABELS, Clouds, reply
from rig.gateway import knows
from rig.lake import Lake
from rig.pictures import HEIGHT, WIDTH, Picture, Search
from rig.process import expect, wait_until
from rig.responder import Responder
from rig.stage import Stage

ROUNDS = 12
WAYS = ("oip", "binary", "chat", "mqtt")
POLICY = """\
policy: {name}
match: {{ topic: "plant/+line/{name}/+camera" }}
reading:
  format: json
  device: "{{line}}/{{camera}}"
  sequence: n
  fields: {{ photo: {{ path: photo, type: bytes }}, weight: {{ path: weight, type: number }} }}
escalate: [{endpoint}]
deadline: 2s
let: {{ seen: 'payload.photo + "!"' }}
rules: [{{ name: ask, when: 'seen != "" && weight > 0.0', route: escalate, fallback: defer }}]
otherwise: {{ route: drop }}
actions:
  - name: tell
    webhook: {{ url: "{hooks}/hook" }}
  - name: alert
    publish: {{ topic: "alerts/{name}/{{camera}}", qos: 1 }}
privacy: {{ send: [{send}] }}
sinks: [{{ sink: lake, send: both }}]
"""
# A frame that is the whole payload: nothing of it can be asked about without letting it out.
WHOLE = """\
policy: whole
match: {{ topic: "plant/+line/whole/+camera" }}
reading: {{ format: image, device: "{{line}}/{{camera}}" }}
rules: [{{ name: tell, when: "true", route: act }}]
otherwise: {{ route: drop }}
actions:
  - name: tell
    webhook: {{ url: "{hooks}/hook" }}
privacy: {{ send: [line] }}
sinks: [lake]
"""


def endpoints(web: str, bus: str) -> dict:
    """An endpoint a protocol, each asked about the weight by one policy and about the frame by another."""
    shown = {"tensor": "X", "width": WIDTH, "height": HEIGHT, "channels": "3", "white": 1}
    frame = {"image": {"field": "photo", "size": [WIDTH, HEIGHT], "scale": "1/255"}}
    topic = {"topic": "models/wear", "answer": {"classes": "/classes", "probabilities": "/scores"}}
    kinds = {"oip": ({"protocol": "open-inference"}, {}, {}),
             "binary": ({"protocol": "open-inference", "tensors": "binary"}, {}, {}),
             "chat": ({"protocol": "openai"}, {"prompt": "It weighs {{X}}."}, {"prompt": "Look.", "picture": shown}),
             "mqtt": ({"protocol": "mqtt", "url": bus}, topic, topic)}
    return {name: {"url": f"{web}/{name}", "timeout": "5s", "max_batch": 1, **server, "models": {
        f"kept-{name}": {"model": "wear", "labels": LABELS, "inputs": {"X": ["weight"]}, **kept},
        f"shown-{name}": {"model": "wear", "labels": LABELS, "inputs": {"X": frame}, **shown}}}
        for name, (server, kept, shown) in kinds.items()}


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    clouds, lake = Clouds(stage.folder), Lake().start()
    hub = Broker(stage.folder / "hub").start()
    responder = Responder(hub.port, lambda _: reply("mqtt", None)[1])
    stage._ends += [clouds.stop, lake.stop, hub.kill, responder.stop]
    ways = {name: stage.proxy(port) for name, port in
            (("web", clouds.port), ("mqtt", hub.port), ("lake", lake.port), ("hooks", clouds.port),
             *([("otlp", clouds.port)] if knows("telemetry") else []))}
    for way in ways.values():
        way.heard = bytearray()
    hooks = f"http://127.0.0.1:{ways['hooks'].port}"
    policies = {"whole": WHOLE.format(hooks=hooks)}
    for endpoint in WAYS:
        for name, send in ((f"kept-{endpoint}", "weight"), (f"shown-{endpoint}", "weight, photo")):
            policies[name] = POLICY.format(name=name, endpoint=endpoint, hooks=hooks, send=send)
    gateway = stage.gateway(
        broker, topics=["plant/#"], policies=policies,
        sinks={"lake": {"kind": "https-ndjson", "url": f"http://127.0.0.1:{ways['lake'].port}/lines", "gzip": False}})
    gateway.configure(cloud=endpoints(f"http://127.0.0.1:{ways['web'].port}", ways["mqtt"].url))
    if "otlp" in ways:
        gateway.configure(telemetry={"otlp": {
            "url": f"http://127.0.0.1:{ways['otlp'].port}", "sample": "100%", "interval": "1s"}})
    gateway.start()
    trace = stage.folder / "trace.jsonl"
    started = gateway.command("record", "--out", str(trace), "--scope", "outbound")
    expect(started.returncode == 0, f"sluice record: {started.stderr}")
    publisher = stage.publisher(broker)

    pictures: dict[str, list[Picture]] = {name: [] for name in policies}

    def photograph(name: str, camera: str, n: int) -> None:
        picture = Picture(f"{name}/{n}")
        pictures[name].append(picture)
        if name == "whole":
            return publisher.publish(f"plant/a/whole/{camera}", picture.file)
        # Text that is no picture's end is refused with its bytes: a dead letter, sent again below.
        text = picture.text if camera != "bad" else picture.text[:-7] + "*"
        publisher.publish(f"plant/a/{name}/{camera}", json.dumps({"n": n, "weight": n + 0.5, "photo": text}))

    for n in range(1, ROUNDS + 1):
        if n == ROUNDS // 2:
            clouds.stop()
            hub.stop()
        if n == ROUNDS * 3 // 4:
            wait_until(lambda: gateway.backlog() >= len(WAYS), "questions wait on disk")
            clouds.start()
            hub.start()
        for name in policies:
            photograph(name, "c1", n)
    for name in policies:
        if name.startswith("kept"):
            photograph(name, "bad", ROUNDS + 1)
    publisher.flush()
    wait_until(lambda: len(gateway.dead_letters()) == len(WAYS), lambda: f"{gateway.dead_letters()}", within=30)
    again = gateway.command("spool", "requeue", "--all")
    expect(again.returncode == 0, f"{again.stdout}{again.stderr}")
    count = len(policies) * ROUNDS
    wait_until(lambda: len({line["decision"] for line in lake.lines}) >= count,
               lambda: f"{len({line['decision'] for line in lake.lines})} of {count}; {gateway.status()}", within=90)
    gateway.wait_drained(within=60)
    wait_until(lambda: len(gateway.dead_letters()) == len(WAYS), "the letters are dead again", within=30)
    gateway.command("record", "--stop")

    for name, way in ways.items():
        wait_until(lambda: len(way.heard) > 500, lambda: f"{name}: {len(way.heard)} bytes went by", within=10)
    left = {name: bytes(way.heard) for name, way in ways.items()} | {"trace": trace.read_bytes()}
    every = {f"{name}/{n}": picture for name, own in pictures.items() for n, picture in enumerate(own)}
    search = Search(every)
    found = {way: search.found(heard) for way, heard in left.items()}
    for way, there in found.items():
        for name, writings in there.items():
            expect(name.startswith("shown-"), f"{name}: a frame that is kept left by {way}: {writings}")
            home = "mqtt" if name.startswith("shown-mqtt") else "web"
            expect(way == home, f"{name}: a frame left by {way}, where nobody asks about it: {writings}")
    # The same search is not blind: each that may leave is found, in the writing of its protocol.
    writings = {"oip": "as numbers from 0 to 1", "binary": "numbers of 4 bytes as it is",
                "chat": "its pixels as another PNG in Base64", "mqtt": "as numbers from 0 to 1"}
    for endpoint, writing in writings.items():
        way = "mqtt" if endpoint == "mqtt" else "web"
        for n in range(ROUNDS):
            seen = found[way].get(f"shown-{endpoint}/{n}", set())
            expect(writing in seen, f"{endpoint}: frame {n}, which may leave, is found {seen}")
    kept = sum(not name.startswith("shown-") for name in every)
    stage.note(f"{sum(map(len, left.values())):,} bytes on {len(left)} ways: none of {kept} kept frames, each of the "
               f"{len(every) - kept} that may leave")
