# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Under a service manager, and what state it is in (G6): ready although the broker is down, fed watchdog,
told of reloads and of the end; every change of state is on the retained topic, in the log and in the status.
A configuration that is wrong exits with 78 and is never ready."""

import json
import signal
import socket
import threading
import time

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage
from rig.wire import Watcher

WATCHDOG = 4  # seconds
STATE = "sluice/demo/status/state"


class Manager:
    """The service manager's end of NOTIFY_SOCKET."""

    def __init__(self, address: str):
        self.address = address
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("\0" + address[1:] if address.startswith("@") else address)
        self.said: list[tuple[float, str]] = []
        # At once, as a manager does: the kernel keeps a few datagrams only.
        threading.Thread(target=self._listen, daemon=True).start()

    def environment(self) -> dict[str, str]:
        return {"NOTIFY_SOCKET": self.address, "WATCHDOG_USEC": str(WATCHDOG * 1_000_000)}

    def _listen(self) -> None:
        while True:
            for line in self.socket.recv(4096).decode().split("\n"):
                self.said.append((time.monotonic(), line))

    def hear(self) -> list[str]:
        return [line for _, line in list(self.said)]

    def hears(self, line: str, within: float = 20) -> None:
        wait_until(lambda: line in self.hear(), lambda: f"{line}: {self.hear()[-8:]}", within)

    def status(self) -> str:
        return next((s for s in reversed(self.hear()) if s.startswith("STATUS=")), "")


class States:
    """The retained states that a watcher was sent, which are no events."""

    def __init__(self, watcher: Watcher):
        self.watcher = watcher

    def last(self) -> dict:
        odd = list(self.watcher.odd)
        return json.loads(odd[-1][1]) if odd else {}

    def becomes(self, state: str, within: float = 30) -> dict:
        return wait_until(lambda: (said := self.last()).get("state") == state and said,
                          lambda: f"{state}: {self.last()}", within)


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    # Abstract names are what systemd uses for some services, paths what it uses for the others.
    manager = Manager(f"@sluice-scenario-{time.time_ns()}")
    gateway = stage.gateway(broker, cloud, policy=hybrid(ALWAYS_ASK),
                            status={"topic": "sluice/demo/status"})
    gateway.environment.update(manager.environment())
    broker.stop()

    start = time.monotonic()
    gateway.spawn()
    manager.hears("READY=1")
    ready = time.monotonic() - start
    wait_until(lambda: "offline" in manager.status(), lambda: manager.status())
    state = gateway.status()["state"]
    expect(state["state"] == "offline" and "broker" in state["causes"][0], f"{state}")
    expect("start the broker" in state["remedy"], f"{state}")

    broker.start()
    told = States(stage.watcher(broker, STATE))
    gateway.wait_ready()
    # The connections try again with a growing pause.
    told.becomes("healthy", within=60)
    wait_until(lambda: manager.status().startswith("STATUS=healthy; 1 input"), manager.status)

    # The cloud goes: the state says so by itself, with why, what it costs and what to do.
    publisher = stage.publisher(broker)
    cloud.stop()
    stage.publish(publisher, 20)
    state = told.becomes("offline")
    expect(state["causes"] == ["no endpoint answers: `central`"], f"{state}")
    expect(state["remedy"] and state["since"] and state["costs"], f"{state}")
    expect("state: offline" in gateway.program.log.read_text(), "the log says so")
    # Who subscribes later is told, too.
    late = Watcher(broker.port, [STATE], "late")
    States(late).becomes("offline")
    late.stop()
    cloud.start()
    told.becomes("healthy", within=60)

    before = manager.hear().count("READY=1")
    gateway.program.signal(signal.SIGHUP)
    manager.hears("RELOADING=1")
    wait_until(lambda: manager.hear().count("READY=1") > before, "ready after the reload")
    usec = [line for line in manager.hear() if line.startswith("MONOTONIC_USEC=")]
    expect(abs(int(usec[-1].split("=")[1]) / 1e6 - time.monotonic()) < 30, f"{usec}")

    fed = [at for at, line in manager.said if line == "WATCHDOG=1"]
    gaps = [b - a for a, b in zip(fed, fed[1:])]
    expect(gaps and max(gaps) < WATCHDOG, f"fed in time: {max(gaps):.1f} s at most")

    expect(gateway.stop() == 0, "a clean end")
    manager.hears("STOPPING=1")

    wrong = Manager(str(stage.folder / "notify"))
    gateway.environment.update(wrong.environment())
    gateway.configure(spool={"path": str(gateway.folder / "spool.sqlite"), "max_sise": "1GiB"})
    gateway.spawn()
    expect(gateway.program.process.wait(30) == 78, "a wrong configuration is no reason to try again")
    expect("READY=1" not in wrong.hear(), f"{wrong.hear()}")
    stage.note(f"ready in {ready:.1f} s without a broker, watchdog fed every {max(gaps):.1f} s at most")

