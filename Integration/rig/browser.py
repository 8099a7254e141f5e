# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A real Chromium without a window, led over its DevTools protocol. Nothing but Python's own library
is needed: the web socket is the little of RFC 6455 that one client on this machine takes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import socket
import struct
import subprocess
import time
import urllib.request
from pathlib import Path

from .process import Failed


def chromium() -> str | None:
    """Where the browser is; None where there is none."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    return None


class Browser:
    """One page of a browser of its own; what the page complains of is in `complaints`."""

    def __init__(self, folder: Path, width: int = 1280, height: int = 900):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "DevToolsActivePort").unlink(missing_ok=True)
        self.complaints: list[str] = []
        self.process = subprocess.Popen(
            [chromium(), "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
             "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking",
             "--hide-scrollbars", "--remote-debugging-port=0", f"--user-data-dir={folder}",
             f"--window-size={width},{height}", "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._connect(folder)
        except (OSError, Failed):
            self.stop()
            raise

    def _connect(self, folder: Path) -> None:
        port = self._port(folder / "DevToolsActivePort")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30) as answer:
            pages = json.load(answer)
        address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
        self.socket = self._open(port, address.split(str(port), 1)[1])
        self.number = 0
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")

    def _port(self, file: Path) -> int:
        for _ in range(300):
            if file.exists() and (lines := file.read_text().split()):
                return int(lines[0])
            time.sleep(0.1)
        raise Failed("the browser does not come up")

    @staticmethod
    def _open(port: int, path: str) -> socket.socket:
        link = socket.create_connection(("127.0.0.1", port), timeout=30)
        key = base64.b64encode(os.urandom(16)).decode()
        link.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                      f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
                      "Sec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += link.recv(1)
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise Failed(f"the browser refuses: {head[:200]}")
        return link

    def _send(self, text: str) -> None:
        data, mask = text.encode(), os.urandom(4)
        head = b"\x81"
        if len(data) < 126:
            head += bytes([0x80 | len(data)])
        elif len(data) < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack(">H", len(data))
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", len(data))
        masked = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        self.socket.sendall(head + mask + masked)

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            if not piece:
                raise Failed("the browser has gone")
            data += piece
        return bytes(data)

    def _receive(self) -> dict:
        data = b""
        while True:
            first, second = self._exactly(2)
            length = second & 0x7F
            if length == 126:
                length = struct.unpack(">H", self._exactly(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self._exactly(8))[0]
            piece = self._exactly(length)
            if first & 0x0F in (0, 1, 2):
                data += piece
                if first & 0x80:
                    return json.loads(data)

    def call(self, method: str, **parameters) -> dict:
        """One command and its answer; events on the way are looked at."""
        self.number += 1
        self._send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = self._receive()
            if message.get("id") == self.number:
                if "error" in message:
                    raise Failed(f"{method}: {message['error']}")
                return message.get("result", {})
            self._look(message)

    def _look(self, event: dict) -> None:
        name, about = event.get("method"), event.get("params", {})
        if name == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(about["exceptionDetails"])[:600])
        elif name == "Runtime.consoleAPICalled" and about["type"] in ("error", "warning", "assert"):
            self.complaints.append(json.dumps(about["args"])[:600])
        elif name == "Log.entryAdded" and about["entry"]["level"] in ("error", "warning"):
            self.complaints.append(json.dumps(about["entry"])[:600])
        elif name == "Page.javascriptDialogOpening":
            self.complaints.append(f"a dialogue opened: {about['message']}")
            self._send(json.dumps({"id": 0, "method": "Page.handleJavaScriptDialog",
                                   "params": {"accept": True}}))

    def open(self, url: str) -> None:
        self.call("Page.navigate", url=url)

    def ask(self, expression: str):
        """The value of an expression, of a promise when it has come."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                           awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Failed(f"{expression}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def wait(self, expression: str, what: str, within: float = 20.0):
        """Waits until an expression is true, and returns it."""
        end = time.monotonic() + within
        while time.monotonic() < end:
            if value := self.ask(expression):
                return value
            time.sleep(0.1)
        raise Failed(f"within {within:g} s: {what}")

    def look(self, width: int, height: int, dark: bool = False) -> None:
        """Another size of the window, and light or dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}])

    def key(self, key: str, code: int) -> None:
        """Presses a key as a person does."""
        # A form is sent by the character and not by the key.
        text = {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown" if text else "rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code,
                      nativeVirtualKeyCode=code, **(text if kind == "keyDown" else {}))

    def picture(self, file: Path, whole: bool = True) -> None:
        """What is seen, as a PNG."""
        answer = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)
        file.write_bytes(base64.b64decode(answer["data"]))

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
