# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Every message read, converted and sent on, beside thingsboard-gateway: what the two have in common."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import brokered
import fed
import paho.mqtt.client as mqtt
from rig.broker import Broker
from rig.process import expect, wait_until

# Many, so that no two readings of one have the same time.
DEVICES = 1_000

# No model, no question: three fields are read and published under the device's name.
ONWARD = """\
policy: onward
match: { topic: "bench/small/+unit/data" }
reading:
  format: json
  device: "small-{unit}"
  time: ts
  sequence: n
  fields: { weight: weight, width: width, gloss: gloss }
rules:
  - { name: all, when: "true", route: act }
otherwise: { route: act }
actions:
  - name: onward
    when: "true"
    publish: { topic: "onward/{unit}", qos: 1 }
    payload: '{ "weight": {{weight}}, "width": {{width}}, "gloss": {{gloss}} }'
privacy: { send: [] }
"""

# What ThingsBoard's gateway is told, but for addresses: packs, threads and memory as it comes, nothing filtered,
# no statistics, no figures for the server's page.
SERVER = {
    "remoteShell": False, "remoteConfiguration": False, "qos": 1,
    "statistics": {"enable": False, "enableCustom": False},
    "checkConnectorsConfigurationInSeconds": 3600, "reportStrategy": {"type": "DISABLED"},
    "security": {"type": "accessToken", "accessToken": "bench"},
}
STORAGE = {"type": "memory", "read_records_count": 1000, "max_records_count": 1_000_000}
MAPPING = {
    "topicFilter": "bench/small/+/data", "subscriptionQos": 1,
    "converter": {
        "type": "json",
        "deviceInfo": {
            "deviceNameExpressionSource": "topic",
            "deviceNameExpression": "(?<=bench/small/)(.*?)(?=/data)",
            "deviceProfileExpressionSource": "constant", "deviceProfileExpression": "default"},
        "attributes": [],
        "timeseries": [{"type": "double", "key": name, "value": f"${{{name}}}"}
                       for name in ("weight", "width", "gloss")],
    },
}
# Its messages go nowhere; they would cost it something on a screen.
LOGS = {"version": 1, "disable_existing_loggers": False, "root": {"level": "ERROR", "handlers": []}}


class Platform:
    """Stands in for the ThingsBoard server: a broker, and somebody who says what is allowed and counts readings."""

    LIMITS = {"rateLimits": {}, "maxInflightMessages": 10_000, "maxPayloadSize": 65_536}

    def __init__(self, folder: Path):
        self.broker = Broker(folder, is_persistent=False, max_queued_bytes="0").start()
        self.readings = 0
        # When the last of them came.
        self.last = 0.0
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="platform")
        self._client.on_connect = lambda client, *_: client.subscribe(
            [("v1/gateway/telemetry", 1), ("v1/devices/me/rpc/request/+", 1)])
        self._client.on_message = self._received
        self._client.connect("127.0.0.1", self.broker.port)
        self._client.loop_start()

    def _received(self, client, _context, message) -> None:
        if message.topic == "v1/gateway/telemetry":
            self.readings += message.payload.count(b'"ts":')
            self.last = time.monotonic()
            return
        # It sends nothing before it has been told this.
        number = message.topic.rpartition("/")[2]
        client.publish(f"v1/devices/me/rpc/response/{number}", json.dumps(self.LIMITS), 1)

    @property
    def rests(self) -> bool:
        """True when some readings have come, and none for a while."""
        return self.last > 0 and time.monotonic() - self.last > 5

    def stop(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self.broker.kill()


def thingsboard(bench, platform: Platform):
    """thingsboard-gateway with a site of its own, see thingsboard/requirements.txt."""

    def start(feeder: fed.Feeder):
        folder = bench.folder / fed.fresh("t")
        (folder / "config").mkdir(parents=True)
        (folder / "logs").mkdir()
        files = {
            "tb_gateway.json": {
                "thingsboard": {"host": "127.0.0.1", "port": platform.broker.port, **SERVER},
                "storage": STORAGE, "grpc": {"enabled": False},
                "connectors": [{"type": "mqtt", "name": "in", "configuration": "mqtt.json"}]},
            "mqtt.json": {
                "name": "in", "logLevel": "ERROR",
                "broker": {"host": "127.0.0.1", "port": feeder.port, "clientId": "thingsboard",
                           "version": 5, "security": {"type": "anonymous"}},
                "mapping": [MAPPING]},
            "logs.json": LOGS,
        }
        for name, text in files.items():
            (folder / "config" / name).write_text(json.dumps(text))
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        # It would ask its makers for a newer version.
        environment |= {"TB_GW_CONFIG_DIR": f"{folder}/config/", "https_proxy": "http://127.0.0.1:9",
                        "http_proxy": "http://127.0.0.1:9"}
        program = bench.tools / "thingsboard/bin/thingsboard-gateway"
        process = subprocess.Popen([program], cwd=folder, env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        return process.pid, lambda: (os.killpg(process.pid, signal.SIGKILL), process.wait())

    return start


def forward(bench) -> None:
    """Fed without a broker, every message sent on: by us one by one, by the other in packs."""
    bodies = bench.site("quiet")
    fast, slow = bench.count(200_000)
    for qos in (0, 1):
        subject = bench.subject(bodies, fed.sluice(bench.folder, {"onward": ONWARD}), DEVICES)
        try:
            before = fed.on_processor(subject.pid)
            said = subject.measure(qos, fast)
            brokered.settled(subject.pid)
            note(bench, qos, "sluice", subject, said["rate"], before, said["sent"])
        finally:
            subject.stop()
        platform = Platform(bench.folder / f"platform{time.monotonic_ns()}")
        try:
            beside(bench, bodies, platform, qos, slow)
        finally:
            platform.stop()


def beside(bench, bodies: Path, platform: Platform, qos: int, count: int) -> None:
    """It takes a message before it has done anything with it: its end is when the server has them."""
    subject = bench.subject(bodies, thingsboard(bench, platform), DEVICES)
    try:
        wait_until(lambda: platform.rests, "what was sent first has arrived", 120)
        first, before, begun = platform.readings, fed.on_processor(subject.pid), time.monotonic()
        platform.last = begun
        sent = subject.feeder.feed(qos, count)["sent"]
        wait_until(lambda: platform.readings - first >= sent or platform.rests, "they have arrived", 600, 0.01)
        arrived = platform.readings - first
        # What two readings of a device say of the same millisecond it sends once.
        expect(arrived > 0.95 * sent, f"{arrived} of {sent} readings arrived")
        note(bench, qos, "ThingsBoard", subject, arrived / (platform.last - begun), before, sent)
    finally:
        subject.stop()


def note(bench, qos: int, name: str, subject, rate: float, before: float, sent: int) -> None:
    bench.note(f"forward, QoS {qos}", name, rate=rate,
               cpu=1e6 * (fed.on_processor(subject.pid) - before) / sent,
               memory=fed.memory(subject.pid)[0] / 1e6)
