# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Every byte that leaves the site is read on its way: to a cloud over HTTP and over MQTT, to webhooks, to
a lake and to a cloud's broker, with the cloud away for a while, to a collector of traces where this build has one, and
into a trace for others. None of what the
policies keep is in any of it, in no writing; what they hash and round is there as they say (G8)."""

import json
import struct

from rig.broker import Broker
from rig.gateway import knows
from rig.lake import Lake
from rig.process import expect, wait_until
from rig.responder import Responder
from rig.stage import Stage

COUNT = 60
POLICY = """\
policy: {name}
match: {{ topic: "plant/+line/machines/+machine/{kind}" }}
reading:
  format: json
  device: "{{line}}/{{machine}}"
  time: ts
  sequence: n
  fields:
    force: {{ path: force, type: number }}
    wave: {{ path: wave }}
    serial: {{ path: serial, type: text }}
    secret: {{ path: secret, type: number }}
    note: {{ path: note, type: text }}
escalate: [{endpoint}]
deadline: 2s
let: {{ twice: secret * 2.0, marked: 'serial + "!"' }}
rules:
  - name: ask
    when: 'twice > 0.0 && marked != "" && note != "" && payload.secret > 0.0 && device != "" && topic != ""'
    route: escalate
    fallback: defer
otherwise: {{ route: drop }}
actions:
  - name: tell
    webhook: {{ url: "{hooks}/hook" }}
  - name: write
    webhook: {{ url: "{hooks}/own" }}
    payload: '{{"s":"{{{{serial}}}}","d":"{{{{device}}}}","l":"{{{{line}}}}","f":{{{{force}}}}}}'
  - name: alert
    publish: {{ topic: "alerts/{{line}}/{{machine}}", qos: 1 }}
privacy: {{ send: [force, wave], hash: [serial, device, line], round: {{ force: 0.5, wave: 0.25 }} }}
sinks: [{{ sink: lake, send: both }}, {{ sink: hub, send: both }}]
"""


def answer(payload: bytes) -> bytes:
    """A fault, every time."""
    return json.dumps({"predictions": ["fault"] * len(json.loads(payload)["instances"])}).encode()


def scenario(stage: Stage) -> None:
    broker, cloud, lake = stage.broker(), stage.cloud(), Lake().start()
    stage._ends.append(lake.stop)
    hub = Broker(stage.folder / "hub").start()
    stage._ends.append(hub.kill)
    responder = Responder(hub.port, answer)
    stage._ends.append(responder.stop)
    ways = {name: stage.proxy(port) for name, port in
            (("cloud", cloud.port), ("hooks", cloud.port), ("lake", lake.port), ("mqtt", hub.port),
             ("hub", hub.port), *([("otlp", cloud.port)] if knows("telemetry") else []))}
    for way in ways.values():
        way.heard = bytearray()
    web = {name: f"http://127.0.0.1:{ways[name].port}" for name in ("cloud", "hooks", "lake")}
    model = {"model": "force-large", "inputs": {"X": ["force", "mean(wave)"]}, "labels": ["healthy", "worn", "fault"]}
    policies = {name: POLICY.format(name=name, kind=name, endpoint=endpoint, hooks=web["hooks"])
                for name, endpoint in (("web", "central"), ("bus", "bus"))}
    gateway = stage.gateway(
        broker, topics=["plant/+/machines/+/+"], policies=policies,
        sinks={"lake": {"kind": "https-ndjson", "url": f"{web['lake']}/lines", "gzip": False},
               "hub": {"kind": "mqtt", "url": ways["hub"].url, "topic": "lake/{policy}"}},
    )
    gateway.configure(cloud={
        "central": {"url": web["cloud"], "protocol": "open-inference", "timeout": "2s", "models": {"web": model}},
        "bus": {"url": ways["mqtt"].url, "protocol": "mqtt", "timeout": "2s",
                "models": {"bus": {**model, "topic": "models/force"}}},
    })
    if "otlp" in ways:
        gateway.configure(telemetry={"otlp": {
            "url": f"http://127.0.0.1:{ways['otlp'].port}", "sample": "100%", "interval": "1s"}})
    gateway.start()
    trace = stage.folder / "outbound.jsonl"
    started = gateway.command("record", "--out", str(trace), "--scope", "outbound")
    expect(started.returncode == 0, f"sluice record: {started.stderr}")
    publisher = stage.publisher(broker)

    kept: list[bytes] = [b"0.12345"]
    for n in range(1, COUNT + 1):
        if n == COUNT // 2:
            # What is asked later comes from disk.
            cloud.stop()
        if n == COUNT * 3 // 4:
            wait_until(lambda: gateway.backlog() > 0, "questions wait on disk")
            cloud.start()
        line, machine, serial, note = f"LINE{n}q", f"MACHINE{n}q", f"SERIAL{n}q", f"NOTE{n}q"
        # Longer than what the digits of a time in nanoseconds hold by chance.
        secret, force = 777_000_000_000 + n, n + 0.37225
        body = {"n": n, "ts": 1_700_000_000_000 + n, "force": force, "wave": [0.12345, 0.6], "serial": serial,
                "secret": secret, "note": note}
        kind = "web" if n % 2 else "bus"
        publisher.publish(f"plant/{line}/machines/{machine}/{kind}", json.dumps(body))
        kept += [text.encode() for text in (line, machine, serial, note, str(secret), str(2 * secret), str(force))]
        # A number is as telling in eight bytes of either order.
        for number in (force, float(secret)):
            kept += [struct.pack(form, number) for form in ("<d", ">d")]
    publisher.flush()
    # Every decision is a line in the lake, with its reading; what is answered late tells of itself, and rings no more.
    wait_until(lambda: len({line["decision"] for line in lake.lines}) >= COUNT,
               lambda: f"{len(lake.lines)} lines of {COUNT} decisions", within=60)
    gateway.wait_drained(within=60)
    gateway.command("record", "--stop")
    for name, way in ways.items():
        wait_until(lambda: len(way.heard) > 500, lambda: f"{name}: {len(way.heard)} bytes went by", within=10)
    expect(responder.asked and cloud.rows > 0, f"{len(responder.asked)} calls over MQTT, {cloud.rows} rows over HTTP")

    left = {**{name: bytes(way.heard) for name, way in ways.items()}, "trace": trace.read_bytes()}
    for name, heard in left.items():
        for mark in kept:
            at = heard.find(mark)
            expect(at < 0, f"{name}: {mark!r} left the site in {heard[max(0, at - 200):at + 60]!r}")
    # What may leave did, as it may: whole steps, and one pseudonym for one name everywhere.
    hooks = [json.loads(body) for path, body in cloud.hooks if path == "/own"]
    expect(len({hook["s"] for hook in hooks}) >= COUNT // 4, f"{len(hooks)} webhooks of {COUNT} serial numbers")
    expect(all(hook["f"] % 0.5 == 0 for hook in hooks), f"forces are rounded: {hooks[:3]}")
    for hook in hooks[:5]:
        expect(hook["s"].encode() in left["trace"], "the trace has the same pseudonym")
    stage.note(f"{sum(map(len, left.values())):,} bytes over {len(left)} ways out, none of {len(kept)} marks in them")
