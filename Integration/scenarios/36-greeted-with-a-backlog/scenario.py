# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A broker that kept the session writes CONNACK and what it kept in one piece, over TCP and in one record of TLS, as a
terminator before it may do: each message is decided before it is acknowledged (G1)."""

import json
import socket
import struct
import threading

from rig.certificates import Certificates
from rig.gateway import Gateway
from rig.process import expect, wait_until
from rig.stage import Stage

KEPT = 40
POLICY = """\
policy: p
match: { topic: in/+d }
reading: { format: json, device: "{d}", sequence: n, fields: { n: { path: n, type: number } } }
rules: [{ name: go, when: n >= 0.0, route: act }]
otherwise: { route: drop }
actions: [{ name: tell, publish: { topic: "alerts/{d}", qos: 1 } }]
"""


def packet(kind: int, body: bytes) -> bytes:
    length, rest = b"", len(body)
    while True:
        length += bytes([rest & 127 | (128 if rest > 127 else 0)])
        rest >>= 7
        if not rest:
            return bytes([kind]) + length + body


class EagerBroker:
    """As much of a broker as it takes: MQTT 5, and a lane is greeted with all that was kept for it."""

    def __init__(self, context=None) -> None:
        self._context = context
        self.acknowledged: list[int] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        scheme = "mqtts" if context else "mqtt"
        self.url = f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection) -> None:
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            stream = connection.makefile("rb")
            while head := stream.read(1):
                size = shift = 0
                while True:
                    byte = stream.read(1)[0]
                    size |= (byte & 127) << shift
                    shift += 7
                    if byte < 128:
                        break
                answer = self._answer(head[0], stream.read(size))
                if answer:
                    connection.sendall(answer)
        except (OSError, IndexError):
            return

    def _answer(self, head: int, body: bytes) -> bytes:
        match head >> 4:
            case 1:
                # The connection for actions has another client id than the lane's.
                if b"plant" not in body:
                    return packet(0x20, b"\0\0\0")
                return packet(0x20, b"\1\0\0") + b"".join(map(self._kept, range(1, KEPT + 1)))
            case 3 if head & 6:
                start = 2 + struct.unpack(">H", body[:2])[0]
                return packet(0x40, body[start:start + 2])
            case 4:
                self.acknowledged.append(struct.unpack(">H", body[:2])[0])
            case 8:
                return packet(0x90, body[:2] + b"\0\1")
            case 12:
                return packet(0xD0, b"")
        return b""

    @staticmethod
    def _kept(number: int) -> bytes:
        topic = b"in/d"
        return packet(0x32, struct.pack(">H", len(topic)) + topic + struct.pack(">H", number) + b"\0"
                      + json.dumps({"n": number}).encode())


def scenario(stage: Stage) -> None:
    certificates = Certificates(stage.folder / "certificates")
    for name, context in (("tcp", None), ("tls", certificates.server())):
        broker = EagerBroker(context)
        gateway = Gateway(stage.folder / name, broker.url, ["in/+"], policies={"p": POLICY})
        gateway.settings["broker"] = {"url": broker.url, "client_id": name}
        if context:
            gateway.settings["broker"]["ca_file"] = str(certificates.authority)
        del gateway.settings["models"], gateway.settings["verdicts"]
        gateway.configure()
        gateway.start()
        try:
            wait_until(lambda: len(broker.acknowledged) == KEPT, "all that was kept is acknowledged")
            wait_until(lambda: len(gateway.decided()) >= KEPT, f"over {name}, all that is acknowledged is decided")
            decided = [line["sequence"] for line in gateway.decided()]
            expect(decided == list(range(1, KEPT + 1)) == broker.acknowledged,
                   f"over {name} decided {decided}, acknowledged {broker.acknowledged}")
        finally:
            gateway.kill()
            broker.close()
    stage.note(f"{KEPT} messages behind the greeting, over TCP and in one record of TLS: decided, then acknowledged")
