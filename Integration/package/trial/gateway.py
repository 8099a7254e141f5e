# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The installed gateway as its keeper sees it: systemctl, the journal, `sluice`, the broker's clients."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from pathlib import Path

from rig.process import expect, wait_until
from trial.root import Root

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CONFIGURATION = "/etc/sluice/sluice.yaml"
# What a keeper adds to the packaged file.
ADDED = """
cloud:
  # Nobody is there: what is kept for it waits.
  central:
    url: http://127.0.0.1:9
    protocol: open-inference
    models: { later: { model: large, labels: [ a, b ], inputs: { X: [ temp ] } } }
"""
SHAKE = [round(0.3 * ((n * 7) % 11 - 5) / 5, 3) for n in range(64)]


class Gateway:
    """The service `sluice` in a booted root."""

    def __init__(self, root: Root):
        self.root = root

    def install(self, package: str, *options: str) -> float:
        """Installs a package file with apt; the seconds it takes."""
        start = time.monotonic()
        self.root.run("apt-get -q -y --no-install-recommends " + " ".join(options)
                      + f" install {package}")
        return time.monotonic() - start

    def settle(self) -> None:
        """Gives it the trial's policies and model, as a keeper would, and restarts it."""
        for policy in (HERE / "policies").iterdir():
            shutil.copytree(policy, self.root.folder / "etc/sluice/policies" / policy.name,
                            dirs_exist_ok=True)
        shutil.copytree(ROOT / "Integration/models/edge/bearing-wear",
                        self.root.folder / "var/lib/sluice/models/bearing-wear")
        text = self.root.read(CONFIGURATION)
        topics = 'topics: [ "sluice/example/+" ]'
        expect(topics in text, f"the packaged configuration has no {topics}")
        text = text.replace(topics, 'topics: [ "sluice/example/+", "trial/+/+" ]')
        self.root.write(CONFIGURATION, text + ADDED)
        self.root.run("chown -R sluice: /var/lib/sluice/models")
        self.restart()

    def mend(self, configuration: str) -> None:
        """After a step that failed, for those that follow: the configuration as it was, and running."""
        self.root.write(CONFIGURATION, configuration)
        self.root.run("while umount /var/lib/sluice 2>/dev/null; do :; done; "
                      "rm -rf /etc/systemd/system/sluice.service.d; systemctl daemon-reload; "
                      "systemctl restart sluice", check=False)

    def shows(self, *names: str) -> dict[str, str]:
        """Properties of the unit."""
        text = self.root.asks("systemctl show sluice " + " ".join("-p " + name for name in names))
        return dict(line.split("=", 1) for line in text.splitlines())

    def state(self) -> str:
        return self.shows("ActiveState")["ActiveState"]

    def restart(self) -> float:
        """Restarts it; the seconds from its start to `READY=1`."""
        self.root.run("systemctl restart sluice || { journalctl -u sluice | tail -n 30; false; }")
        return self.seconds_to_ready()

    def seconds_to_ready(self) -> float:
        shown = self.shows("InactiveExitTimestampMonotonic", "ActiveEnterTimestampMonotonic")
        start, ready = (int(value) for value in shown.values())
        return (ready - start) / 1e6

    def comes_back(self, restarts: int, within: float = 60) -> None:
        """Waits until it is active after that many restarts by systemd."""
        wait_until(lambda: (shown := self.shows("NRestarts", "ActiveState"))["ActiveState"]
                   == "active" and int(shown["NRestarts"]) >= restarts,
                   lambda: f"{self.shows('NRestarts', 'ActiveState', 'Result')}", within, 0.5)

    def restarts(self) -> int:
        return int(self.shows("NRestarts")["NRestarts"])

    def status(self) -> dict:
        return json.loads(self.root.asks(f"sluice status --json --config {CONFIGURATION}"))

    def waiting(self) -> int:
        """Rows in the spool."""
        return self.status()["spool"]["waiting"]

    def journal(self, *options: str) -> list[dict]:
        lines = self.root.asks("journalctl -u sluice -o json " + " ".join(options)).splitlines()
        return [json.loads(line) for line in lines]

    def publish(self, topic: str, payloads: list[dict]) -> None:
        lines = "".join(json.dumps(payload) + "\n" for payload in payloads)
        self.root.run(f"mosquitto_pub -h 127.0.0.1 -q 1 -t {topic} -l", say=lines)

    def listen(self, topic: str, count: int, within: int) -> subprocess.Popen:
        """Begins to listen: `communicate` gives at most so many payloads, after so many seconds at most."""
        child = self.root.behind(f"exec mosquitto_sub -h 127.0.0.1 -q 1 -i trial-{time.time_ns()} -t '{topic}' "
                                 f"-C {count} -W {within}")
        time.sleep(1)
        return child

    def vibration(self, number: int) -> dict:
        return {"n": number, "vib": SHAKE, "temp": 41.5}


def numbers(listener: subprocess.Popen) -> list[dict]:
    """What a listener has heard, when it has ended."""
    return [json.loads(line) for line in listener.communicate()[0].splitlines()]
