# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The admin server as strangers and its keeper use it: over the network nothing without its token, nothing large,
nothing forged; in a real browser, where there is one, a page that moves, hides no hostile text and complains
of nothing."""

import http.client
import json
import os
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from rig.browser import Browser, chromium
from rig.policies import hybrid
from rig.process import expect, free_port, wait_until
from rig.stage import Stage

HOSTILE = "<img src=x onerror=alert(1)>"
PICTURES = os.environ.get("SLUICE_PICTURES")


def ask(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """A request and its answer, whatever its status."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, data=body, method=method, headers=names)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def ends(link: socket.socket) -> bool:
    """Whether the other side closes the connection; what it says before is read."""
    try:
        while link.recv(4096):
            pass
    except TimeoutError:
        return False
    return True


def scenario(stage: Stage) -> None:
    broker, cloud = stage.broker(), stage.cloud()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    token = stage.folder / "token"
    token.write_text("open-sesame-7\n")
    token.chmod(0o600)
    gateway = stage.gateway(broker, cloud, policy=hybrid(0.9),
                            admin={"listen": f"127.0.0.1:{port}", "token_file": str(token)}).start()
    publisher = stage.publisher(broker)
    bearer = {"Authorization": "Bearer open-sesame-7"}

    # What answers whom.
    for path, wanted in (("/healthz", 200), ("/readyz", 200), ("/v1/status", 401), ("/metrics", 401),
                         ("/v1/spool/dead", 401), ("/v1/../v1/status", 401), ("/etc/passwd", 401)):
        expect(ask(url + path)[0] == wanted, f"{path} without a token: {ask(url + path)[0]}")
    expect(ask(url + "/v1/status", Authorization="Bearer open-sesame-8")[0] == 401, "a wrong token")
    status, body = ask(url + "/v1/status", **bearer)
    expect(status == 200 and json.loads(body)["site"] == "demo", f"the status: {status}")
    expect(ask(url + "/v1/reload", "POST", **bearer)[0] == 200, "a reload")
    expect(ask(url + "/v1/reload", "POST", Origin="http://evil.example", **bearer)[0] == 403, "another origin")
    large = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    large.putrequest("POST", "/v1/spool/dead/1/edit")
    for name, value in {**bearer, "Content-Length": str(17 << 20)}.items():
        large.putheader(name, value)
    large.endheaders(b"x" * 65_536)
    expect(large.getresponse().status == 413, "17 MiB of body are refused before they are sent")
    large.close()

    # Callers that say nothing, and those that listen and read nothing.
    silent = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(200)]
    streams, refused = [], []
    for _ in range(300):
        link = socket.create_connection(("127.0.0.1", port), timeout=10)
        link.sendall(b"GET /v1/decisions/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                     b"Authorization: Bearer open-sesame-7\r\n\r\n")
        head = link.recv(12)
        if b" 200" in head:
            streams.append(link)
        else:
            expect(b" 503" in head, f"one too many is told so: {head}")
            refused.append(link)
    expect(0 < len(streams) <= 256 and refused, f"{len(streams)} streams, {len(refused)} refused")
    expect(all(ends(link) for link in refused), "they do not keep their places")
    expect(ask(url + "/healthz")[0] == 200, "beside all of them it can be asked whether it lives")
    stage.publish(publisher, 300, machines=8, rate=200)
    topic, body, _ = stage.reading("m01", "b")
    publisher.publish(topic.replace("/m01/", f"/{HOSTILE.replace('/', '')}/"), json.dumps(body))
    publisher.publish("plant/a/machines/m01/vibration", f"{HOSTILE} no JSON")
    publisher.flush()
    wait_until(lambda: len(gateway.decided()) >= 301, "all are decided", within=30)
    for link in silent:
        expect(link.recv(12).endswith(b" 408"), "who says nothing is told so")
    for link in silent + streams:
        link.close()
    wait_until(lambda: ask(url + "/healthz")[0] == 200, "it answers after the crowd")

    seen = "without a browser"
    if chromium():
        seen = look(stage, url, publisher)
    stage.note(f"{len(streams)} streams and {len(silent)} silent callers beside 301 messages, {len(refused)} refused; {seen}")


def look(stage: Stage, url: str, publisher) -> str:
    browser = Browser(stage.folder / "browser")
    try:
        browser.look(1280, 900)
        browser.open(url)
        # The keeper is asked for the token, and gives it by keyboard.
        browser.wait("document.querySelector('dialog[open] input[type=password]') !== null", "the token is asked for")
        browser.call("Input.insertText", text="open-sesame-7")
        browser.key("Enter", 13)
        browser.wait("document.querySelector('#site').textContent.includes('demo')", "the site's name")
        browser.wait("document.querySelector('#stream').textContent.length > 0", "the stream")
        until = time.monotonic() + 4
        while time.monotonic() < until:
            stage.publish(publisher, 20, machines=8)
            time.sleep(0.2)
        topic, body, _ = stage.reading("m02", "b")
        publisher.publish(topic.replace("/m02/", f"/{HOSTILE.replace('/', '')}/"), json.dumps(body))
        browser.wait("document.querySelectorAll('#list tr').length >= 10", "decisions appear")
        browser.wait(f"document.querySelector('#list').textContent.includes({json.dumps(HOSTILE)})",
                     "the hostile name is text")
        expect(browser.ask("document.querySelectorAll('#list img').length") == 0, "and no picture")
        browser.ask("document.querySelector('#list button').click()")
        browser.wait("document.querySelector('#story[open] #story-body').textContent.length > 100", "an explanation")
        if PICTURES:
            browser.picture(Path(PICTURES) / "story.png", whole=False)
        browser.key("Escape", 27)
        browser.ask("document.querySelector('#letters').scrollIntoView()")
        browser.wait("document.querySelector('#dead').textContent.includes('syntax')", "the dead letter")
        for button, state in (("Pause inputs", "paused"), ("Resume inputs", "healthy")):
            browser.wait(f"document.querySelector('#pause').textContent === '{button}'", f"the button says {button}")
            browser.ask("document.querySelector('#pause').click()")
            browser.ask("document.querySelector('#confirm[open] .primary').click()")
            browser.wait(f"document.querySelector('#state').textContent.includes('{state}')", f"it is {state}", 40)
        for name, width, dark in (("light", 1280, False), ("dark", 1280, True), ("phone", 390, False)):
            browser.look(width, 900, dark)
            time.sleep(0.7)
            wide = browser.ask("document.documentElement.scrollWidth")
            expect(wide <= width, f"{name}: {wide} wide in {width}")
            if PICTURES:
                height = min(browser.ask("document.documentElement.scrollHeight"), 6000)
                browser.look(width, height, dark)
                time.sleep(0.5)
                browser.picture(Path(PICTURES) / f"{name}.png")
        wrong = [text for text in browser.complaints if "401" not in text]
        expect(not wrong, f"the page complains: {wrong[:3]}")
        return "the page moves, and complains of nothing"
    finally:
        browser.stop()
