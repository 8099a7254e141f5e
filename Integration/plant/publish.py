#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Publishes the plant's messages at a steady pace and writes down the truth about each.

    publish.py --port 1883 --rate 200 --seconds 40 --truth truth.jsonl

MQTT 5, QoS 1. One line of JSON a message goes to the truth file. It ends when the time is over (or
on SIGTERM or Ctrl-C) and the broker has acknowledged everything, or says how much is missing and
exits with 1.
"""

from __future__ import annotations

import argparse
import itertools
import json
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import paho.mqtt.client as mqtt  # noqa: E402

from plant.fleet import Fleet  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--rate", type=float, default=200.0, help="messages a second")
    parser.add_argument("--seconds", type=float, default=None, help="endless when not given")
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--seed", default="demo")
    arguments = parser.parse_args()

    stopping = []
    signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
    signal.signal(signal.SIGINT, lambda *_: stopping.append(True))

    client = mqtt.Client(
        mqtt.CallbackAPIVersion.VERSION2, client_id="plant", protocol=mqtt.MQTTv5
    )
    client.max_inflight_messages_set(200)
    acknowledged = itertools.count(1)
    done = 0

    def published(*_) -> None:
        nonlocal done
        done = next(acknowledged)

    client.on_publish = published
    client.connect(arguments.host, arguments.port, keepalive=15)
    client.loop_start()

    sent = 0
    start = time.monotonic()
    messages = Fleet(arguments.seed).messages(lambda: time.time_ns() // 1_000_000)
    with arguments.truth.open("w", buffering=1 << 16) as truth:
        while not stopping:
            due = start + sent / arguments.rate
            now = time.monotonic()
            if arguments.seconds is not None and now - start >= arguments.seconds:
                break
            if due > now:
                time.sleep(min(due - now, 0.1))
                continue
            message = next(messages)
            client.publish(message.topic, message.text(), qos=1)
            sent += 1
            truth.write(json.dumps({
                "policy": message.policy, "device": message.device, "n": message.n,
                "truth": message.truth, "payload": message.payload,
            }) + "\n")
    end = time.monotonic() + 20
    while done < sent and time.monotonic() < end:
        time.sleep(0.02)
    client.disconnect()
    client.loop_stop()
    print(f"{sent} published, {done} acknowledged by the broker")
    return 0 if done == sent else 1


if __name__ == "__main__":
    sys.exit(main())
