# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway as a good Python engineer would write it, for comparison: same traffic, same model, same rules.

    gateway.py PORT MODEL SPOOL [CLOUD_URL]

paho-mqtt hands messages to a worker over a queue; the worker takes what is there (at most 256), decodes
with orjson, runs the model once for all, decides, publishes alerts, and keeps what must leave the site
in SQLite (WAL, synchronous=FULL), one commit a batch. Only then are the messages acknowledged. A third
thread sends the rows to the cloud, 64 a request, and deletes them. Not safe against a message that ends
the process, a full disk or a clock that jumps; without metrics, log, reload and priorities.
"""

from __future__ import annotations

import queue
import sqlite3
import sys
import threading

import httpx
import numpy as np
import onnxruntime
import orjson
import paho.mqtt.client as mqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

BATCH, REQUEST = 256, 64
LABELS = ("pass", "reject")


def open_spool(path: str) -> sqlite3.Connection:
    spool = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    spool.execute("PRAGMA journal_mode=WAL")
    spool.execute("PRAGMA synchronous=FULL")
    spool.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, device TEXT, body BLOB)")
    return spool


class Gateway:
    def __init__(self, port: int, model: str, spool: str, cloud: str | None):
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(model, options, ["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.spool_path = spool
        self.spool = open_spool(spool)
        self.cloud = cloud
        self.messages: queue.SimpleQueue = queue.SimpleQueue()
        self.has_rows = threading.Event()
        self.seen: dict[str, int] = {}
        self.client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="python",
                                  protocol=mqtt.MQTTv5, manual_ack=True)
        properties = Properties(PacketTypes.CONNECT)
        properties.ReceiveMaximum = 500
        properties.SessionExpiryInterval = 3600
        self.client.on_connect = lambda client, *_: client.subscribe("bench/#", qos=1)
        self.client.on_message = lambda client, context, message: self.messages.put(message)
        self.client.connect("127.0.0.1", port, clean_start=False, properties=properties)

    def run(self) -> None:
        threading.Thread(target=self.work, daemon=True).start()
        if self.cloud:
            threading.Thread(target=self.send, daemon=True).start()
        self.client.loop_forever()

    def work(self) -> None:
        while True:
            batch = [self.messages.get()]
            try:
                while len(batch) < BATCH:
                    batch.append(self.messages.get_nowait())
            except queue.Empty:
                pass
            self.decide(batch)

    def decide(self, batch: list) -> None:
        readings = []
        for message in batch:
            try:
                reading = orjson.loads(message.payload)
                device = message.topic.split("/")[2]
                # A repeat after a reconnect.
                if self.seen.get(device, -1) == reading["n"]:
                    continue
                self.seen[device] = reading["n"]
                readings.append((device, reading))
            except (orjson.JSONDecodeError, KeyError):
                pass
        if readings:
            tensor = np.array([(r["weight"], r["width"], r["gloss"]) for _, r in readings],
                              dtype=np.float32)
            chances = self.session.run(["probabilities"], {self.input: tensor})[0]
            best = chances.argmax(axis=1).tolist()
            confidences = chances.max(axis=1).tolist()
            rows = []
            for (device, reading), label, confidence in zip(readings, best, confidences):
                if reading["weight"] < 50.0 or reading["width"] <= 0.0:
                    continue
                if reading["width"] > 45.0:
                    rows.append((device, orjson.dumps(reading)))
                elif reading["gloss"] < 40.0:
                    self.client.publish("alerts/small", orjson.dumps({
                        "id": reading["id"], "device": device, "label": LABELS[label],
                        "score": confidence}), qos=1)
            if rows:
                self.spool.execute("BEGIN")
                self.spool.executemany("INSERT INTO rows (device, body) VALUES (?, ?)", rows)
                self.spool.execute("COMMIT")
                self.has_rows.set()
        for message in batch:
            self.client.ack(message.mid, message.qos)

    def send(self) -> None:
        spool = open_spool(self.spool_path)
        client = httpx.Client(http2=False)
        while True:
            rows = spool.execute("SELECT id, body FROM rows ORDER BY id LIMIT ?", (REQUEST,)).fetchall()
            if not rows:
                self.has_rows.wait(1)
                self.has_rows.clear()
                continue
            data = [x for _, body in rows for r in [orjson.loads(body)]
                    for x in (r["weight"], r["width"], r["gloss"])]
            body = {"inputs": [{"name": "X", "datatype": "FP32", "shape": [len(rows), 3], "data": data}]}
            try:
                answer = client.post(f"{self.cloud}/v2/models/quality-inspection-large/infer",
                                     content=orjson.dumps(body), timeout=2)
                answer.raise_for_status()
            except httpx.HTTPError:
                self.has_rows.wait(1)
                continue
            spool.executemany("DELETE FROM rows WHERE id = ?", [(number,) for number, _ in rows])


if __name__ == "__main__":
    Gateway(int(sys.argv[1]), sys.argv[2], sys.argv[3], (sys.argv + [None])[4]).run()
