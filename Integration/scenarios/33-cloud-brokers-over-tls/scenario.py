# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A model and a lake behind a broker as AWS IoT Core asks it (client certificate, ALPN, its topics and sizes), and
a hub as Azure asks it (a token that ends). A wrong authority, an ended certificate, another host's name and a
changed key are each refused with the reason in the status; rows wait; what is put right on disk is used by the next
connection, without a restart; then everything is there, nothing twice but under its own id."""

import base64
import json
import os

from rig.broker import Broker
from rig.certificates import Authority, put
from rig.hub import Hub
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, free_port, wait_until
from rig.responder import Responder
from rig.stage import Stage
from rig.wire import Watcher

LONGEST = 400
FEW = 20
SINKS = "sinks: [{ sink: iot, send: both }, { sink: hub, send: both }]\n"
ALPN = "x-amzn-mqtt-ca"
# What a thing's policy allows: its own topics, and who may connect is who has the certificate.
ALLOWED = """\
topic readwrite #
topic read $SYS/#

user line4
topic write dt/demo/+
topic write models/wear
topic read sluice/demo/answers/bus/#
"""


def answer(payload: bytes) -> bytes:
    return json.dumps({"predictions": ["fault"] * len(json.loads(payload)["instances"])}).encode()


class Site:
    """The files that the gateway reads, and what comes into its lakes."""

    def __init__(self, stage: Stage):
        tls = stage.folder / "tls"
        self.amazon, self.things = Authority(tls, "amazon"), Authority(tls, "things")
        self.stranger = Authority(tls, "stranger")
        here = "DNS:localhost"
        self.served, self.served_key = self.amazon.issue("served", "localhost", here)
        self.good = self.amazon.issue("good", "localhost", here)
        self.ended = self.amazon.issue("ended", "localhost", here, days=-1)
        self.elsewhere = self.amazon.issue("elsewhere", "elsewhere.example", "DNS:elsewhere.example")
        self.thing = self.things.issue("thing", "line4")
        self.ended_thing = self.things.issue("ended-thing", "line4", days=-1)
        # What the gateway is told of; the rest is what is put there.
        self.ca, self.certificate, self.key = tls / "ca.pem", tls / "client.pem", tls / "client.key"
        put(self.amazon.file, self.ca)
        self.show(self.thing)
        self.port = free_port()
        (stage.folder / "allowed").write_text(ALLOWED)
        self.broker = Broker(stage.folder / "aws", max_packet=149_504, extra=(
            "allow_zero_length_clientid false\nmax_qos 1\nretain_available false\n"
            f"acl_file {stage.folder / 'allowed'}\nlistener {self.port} 127.0.0.1\ncafile {self.things.file}\n"
            f"certfile {self.served}\nkeyfile {self.served_key}\nrequire_certificate true\n"
            "use_identity_as_username true\n")).start()
        stage._ends.append(self.broker.kill)
        self.way = stage.proxy(self.port)
        self.way.heard = bytearray()
        self.secret = os.urandom(32)
        self.secret_file = stage.folder / "hub.key"
        self.tell(self.secret)

    def serve(self, pair) -> None:
        """The broker shows another certificate from now on."""
        put(pair[0], self.served)
        put(pair[1], self.served_key)
        self.broker.stop()
        self.broker.start()

    def show(self, pair) -> None:
        put(pair[0], self.certificate)
        put(pair[1], self.key)

    def tell(self, secret: bytes) -> None:
        self.secret_file.write_text(base64.b64encode(secret).decode())
        self.secret_file.chmod(0o600)

    @property
    def files(self) -> dict:
        return {"ca_file": str(self.ca), "certificate_file": str(self.certificate), "key_file": str(self.key)}


def warned(gateway, *words: str) -> bool:
    """Whether one warning of the status has all the words."""
    warnings = (gateway.status() or {}).get("warnings", [])
    return any(all(word in warning for word in words) for warning in warnings)


def scenario(stage: Stage) -> None:
    site = Site(stage)
    broker = stage.broker()
    behind = Broker(stage.folder / "hub").start()
    stage._ends.append(behind.kill)
    context = hub_context(site)
    hub = Hub(behind.port, context, "localhost", "line4", site.secret).start()
    stage._ends.append(hub.stop)
    responder = Responder(site.broker.port, answer)
    stage._ends.append(responder.stop)
    lake, events = Watcher(site.broker.port, ["dt/#"], "lake"), Watcher(behind.port, ["devices/#"], "hub-lake")
    stage._ends += [lake.stop, events.stop]
    url = f"mqtts://localhost:{site.way.port}"
    gateway = stage.gateway(
        broker, policy=hybrid(ALWAYS_ASK, deadline="5s").replace("[central]", "[bus]") + SINKS,
        sinks={
            "iot": {"kind": "mqtt", "dialect": "aws-iot-core", "url": url, "client_id": "line4", "alpn": ALPN,
                    "topic": "dt/{site}/{policy}", **site.files},
            "hub": {"kind": "mqtt", "dialect": "azure-iot-hub", "url": f"mqtts://localhost:{hub.port}",
                    "client_id": "line4", "shared_access_key_file": str(site.secret_file),
                    "token_lifetime": "60s", "ca_file": str(site.amazon.file)},
        },
    )
    gateway.configure(cloud={"bus": {
        "url": url, "protocol": "mqtt", "client_id": "line4-ask", "alpn": ALPN, "timeout": "3s",
        "tls": site.files, "models": {"bearing-wear": {
            "model": "wear", "topic": "models/wear", "inputs": {"X": ["temp", "current"]},
            "labels": ["healthy", "worn", "fault"]}}}})
    gateway.start()
    publisher, watcher = stage.publisher(broker), stage.watcher(broker)
    sent: dict = {}

    def publish() -> None:
        sent.update(stage.publish(publisher, FEW, rate=100))
        publisher.flush()

    def settled(within: float = 60) -> None:
        wait_until(lambda: complete(watcher, sent, lake, events),
                   lambda: f"{len(sent)} sent, {ids(lake)} and {ids(events)} lines; {gateway.status()['warnings']}",
                   within)

    wait_until(lambda: uplink(gateway) == "online", lambda: f"{gateway.status()}", within=30)
    publish()
    settled()
    asked = sum(len(json.loads(payload)["instances"]) for _, payload in responder.asked)
    late = [event for event in watcher.on("alerts/") if event.data["standing"] == "provisional"]
    expect(asked >= FEW and not late, f"{asked} questions over mTLS, {len(late)} answers too late")
    heard = bytes(site.way.heard)
    expect(ALPN.encode() in heard, "the protocol is named in the handshake")
    expect(b"dt/demo" not in heard and b"models/wear" not in heard, "nothing is told before the encryption")
    log = site.broker.program.log.read_text()
    for name in ("line4", "line4-ask-bearing-wear"):
        expect(f" as {name} (" in log, f"the broker knows us as {name}")

    def trouble(name: str, words: str, break_it, mend) -> None:
        """Broken, nothing gets out and the status says why; mended on disk, everything does."""
        break_it()
        site.way.reset()
        wait_until(lambda: uplink(gateway) != "online", f"{name}: the uplink is seen to be away", within=30)
        publish()
        for place in ("endpoint `bus`", "sink `iot`"):
            wait_until(lambda: warned(gateway, place, words),
                       lambda: f"{name}: {place}: {gateway.status()['warnings']}", within=30)
        wait_until(lambda: gateway.backlog() >= FEW, lambda: f"{name}: {gateway.backlog()} rows wait for the lake")
        mend()
        settled()

    trouble("a wrong authority", "certificate verify failed",
            lambda: put(site.stranger.file, site.ca), lambda: put(site.amazon.file, site.ca))
    trouble("an ended certificate", "certificate verify failed",
            lambda: site.serve(site.ended), lambda: site.serve(site.good))
    trouble("another host's name", "certificate verify failed",
            lambda: site.serve(site.elsewhere), lambda: site.serve(site.good))
    trouble("our certificate has ended", "certificate",
            lambda: site.show(site.ended_thing), lambda: site.show(site.thing))

    # The hub: a key that was changed there, and then here.
    hub.key = base64.b64encode(b"another key of thirty-two bytes!").decode()
    hub.reset()
    publish()
    wait_until(lambda: warned(gateway, "sink `hub`", "refuses the connection"), lambda: f"{gateway.status()['warnings']}", within=30)
    wait_until(lambda: hub.refused and gateway.backlog() >= FEW, lambda: f"{hub.refused}, {gateway.backlog()} rows")
    site.tell(b"another key of thirty-two bytes!")
    settled()
    # The token's end: where there is something to send, a fresh one in time. (With nothing to send the hub throws us
    # out at its end, and the next attempt brings a fresh one.)
    count, thrown, (_, end) = len(hub.admitted), len(hub.expelled), hub.admitted[-1]
    wait_until(lambda: publish() or len(hub.admitted) > count, "a fresh token before the old one ends", within=70,
               every=5)
    expect(hub.admitted[-1][0] < end and len(hub.expelled) == thrown, f"{hub.admitted[-2:]} {hub.expelled}")
    settled()

    # What AWS would end the connection over is no line for it: a dead letter, and the others go on.
    topic, body, _ = stage.reading("m09")
    body["vib"]["samples"] = body["vib"]["samples"] * (200_000 // max(1, len(json.dumps(body["vib"]))) + 1)
    publisher.publish(topic, body)
    publish()
    wait_until(lambda: gateway.dead_letters(), "the large line is a dead letter", within=60)
    letters = gateway.dead_letters()
    expect(len(letters) == 1 and letters[0]["code"] == "refused", f"{letters}")
    sent[("a/m09", body["n"])] = ""
    settled_but(watcher, sent, lake, events, gateway)
    repeats = [len(seen.events) - ids(seen) for seen in (lake, events)]
    stage.note(f"{len(sent)} decisions to two clouds' brokers over {gateway.starts} start, {asked} of {FEW} questions "
               f"answered in time; {repeats[0]} and {repeats[1]} repeats, each under its id; {len(hub.admitted)} tokens")


def hub_context(site: Site):
    import ssl
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*site.good)
    return context


def uplink(gateway) -> str | None:
    return ((gateway.status() or {}).get("cloud") or {}).get("bus", {}).get("uplink")


def ids(seen: Watcher) -> int:
    return len({event.id for event in seen.events})


def decisions(seen: Watcher) -> set[str]:
    return {event.decision for event in list(seen.events)}


def complete(watcher, sent: dict, lake, events) -> bool:
    """Every message has its alert, and every alert's decision a line in both lakes."""
    alerts = watcher.on("alerts/")
    decided = {event.decision for event in alerts}
    return {event.key for event in alerts} >= set(sent) and decided <= decisions(lake) and decided <= decisions(events)


def settled_but(watcher, sent, lake, events, gateway) -> None:
    """As `complete`, but for the one line that is a dead letter."""
    def is_so() -> bool:
        alerts = watcher.on("alerts/")
        decided = {event.decision for event in alerts}
        missing = len(decided - decisions(lake))
        return {event.key for event in alerts} >= set(sent) and missing == 1 and gateway.backlog() == 0
    wait_until(is_so, lambda: f"{ids(lake)} and {ids(events)} lines, {gateway.backlog()} rows", within=60)
