# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""The gateway, run as an operator runs it: a configuration file, signals, and its own commands."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
from pathlib import Path

from .process import Failed, Program, expect, wait_until

ROOT = Path(__file__).resolve().parents[2]
EDGE_MODELS = ROOT / "Integration/models/edge"
CLOUD_MODELS = ROOT / "Integration/models/cloud"

LARGE_INPUTS = {
    "bearing-wear": ["mean(vib)", "std(vib)", "rms(vib)", "crest(vib)", "kurtosis(vib)",
                     "skew(vib)", "range(vib)", "temp", "current"],
    "quality-inspection": ["weight", "width", "height", "gloss"],
    "vital-signs": ["heart_rate", "spo2", "resp_rate"],
}
LABELS = {
    "bearing-wear": ["healthy", "worn", "fault"],
    "quality-inspection": ["pass", "reject"],
    "vital-signs": ["normal", "critical"],
}


def binary() -> str:
    """The sluice to run: $SLUICE, or the debug build."""
    return os.environ.get("SLUICE") or str(ROOT / ".build/debug/sluice")


def knows(section: str) -> bool:
    """Whether this build's configuration has a section of that name."""
    schema = subprocess.run([binary(), "schema", "config"], capture_output=True, text=True, timeout=30, check=True)
    return section in json.loads(schema.stdout).get("properties", {})


def yaml(value, indent: int = 0) -> str:
    """A small tree as YAML: block mappings, everything else in flow style."""
    lines = []
    for key, item in value.items():
        if isinstance(item, dict) and item:
            lines.append(" " * indent + f"{key}:\n" + yaml(item, indent + 2))
        else:
            lines.append(" " * indent + f"{key}: {json.dumps(item)}\n")
    return "".join(lines)


def central(url: str, timeout: str = "2s", **more) -> dict:
    """The `cloud` section with one endpoint that has the large models."""
    models = {
        name: {"model": f"{name}-large", "inputs": {"X": inputs}, "labels": LABELS[name]}
        for name, inputs in LARGE_INPUTS.items()
    }
    return {
        "central": {
            "url": url, "protocol": "open-inference", "timeout": timeout, "max_in_flight": 32,
            "models": models, **more,
        }
    }


class Gateway:
    """One `sluice run` with its configuration, its policies and its spool in one folder."""

    def __init__(self, folder: Path, broker_url: str, topics: list[str], cloud: dict | None = None,
                 policies: dict[str, str] | Path = {}, name: str = "gateway", **sections):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.config = folder / "sluice.yaml"
        self.policies = folder / "Policies"
        if isinstance(policies, Path):
            self.policies = policies
        else:
            self.write_policies(policies)
        self.decisions = folder / "decisions.jsonl"
        self.settings = {
            "site": {"name": "demo"},
            "broker": {"url": broker_url, "client_id": f"sluice-{name}"},
            "inputs": [{"name": "plant", "topics": topics, "receive_maximum": 500}],
            "models": {"path": str(EDGE_MODELS), "runtime": os.environ["SLUICE_ONNXRUNTIME"]},
            "policies": {"path": str(self.policies)},
            "spool": {"path": str(folder / "spool.sqlite"), "max_size": "256MiB",
                      "when_full": "drop_oldest"},
            "control": {"socket": str(folder / "control.sock")},
            "decisions": {"log": str(self.decisions), "sample": 1},
            "verdicts": {"topic": "sluice/verdicts/{policy}"},
        }
        if cloud:
            self.settings["cloud"] = cloud
        for section, more in sections.items():
            old = self.settings.get(section)
            both = isinstance(old, dict) and isinstance(more, dict)
            self.settings[section] = {**old, **more} if both else more
        self.configure()
        self.program = Program("sluice run", folder / f"{name}.log")
        self.starts = 0
        # What it is run under, and with: strace, a preloaded library, another clock.
        self.wrapper: list[str] = []
        self.environment: dict[str, str] = {}

    def configure(self, **sections) -> None:
        """Writes sluice.yaml anew."""
        self.settings.update(sections)
        self.config.write_text(yaml(self.settings))

    def write_policies(self, policies: dict[str, str]) -> None:
        """Replaces or adds policy files, each by a rename as an operator's tool would."""
        for name, text in policies.items():
            target = self.policies / name / "policy.yaml"
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(".policy.yaml.new")
            fresh.write_text(text)
            fresh.rename(target)

    def spawn(self) -> None:
        """Starts it and does not wait."""
        self.program.spawn([*self.wrapper, binary(), "run", "--config", str(self.config)],
                           env={**os.environ, **self.environment})
        self.starts += 1

    def start(self, within: float = 30.0) -> "Gateway":
        """Starts it and waits until it is subscribed."""
        self.spawn()
        self.wait_ready(within)
        return self

    def wait_ready(self, within: float = 30.0) -> None:
        """Waits until every lane is connected and subscribed."""

        def ready() -> bool:
            if not self.program.is_running:
                raise Failed(f"sluice run ended with {self.program.process.returncode}:\n"
                             + self.program.last_words())
            status = self.status()
            return bool(status) and is_ready(status)

        wait_until(ready, lambda: "sluice run is subscribed\n" + self.program.last_words(), within)

    def kill(self) -> None:
        self.program.kill()

    def stop(self, within: float = 15.0) -> int | None:
        return self.program.stop(within)

    def command(self, *arguments: str, within: float = 30.0) -> subprocess.CompletedProcess:
        """Runs one of sluice's own commands with this configuration."""
        return subprocess.run(
            [binary(), *arguments, "--config", str(self.config)],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=within,
        )

    def ask(self, path: str, within: float = 10.0) -> dict | None:
        """What the control socket answers; nil when nobody does. Quicker than a command."""
        connection = _Control(self.settings["control"]["socket"], within)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return json.loads(answer.read()) if answer.status == 200 else None
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def status(self) -> dict | None:
        """What the running gateway says of itself; nil when it does not answer."""
        answer = self.command("status", "--json")
        return json.loads(answer.stdout) if answer.returncode == 0 else None

    def spool_stats(self) -> dict:
        """`sluice spool stats`."""
        answer = self.command("spool", "stats", "--json")
        expect(answer.returncode == 0, f"sluice spool stats: {answer.stderr.strip()}")
        return json.loads(answer.stdout)

    def backlog(self) -> int:
        """Rows in the spool, whoever holds them."""
        return waiting(self.spool_stats())

    def dead_letters(self) -> list[dict]:
        """What could not be processed, with the reasons."""
        answer = self.command("spool", "ls", "--dead", "--json")
        expect(answer.returncode == 0, f"sluice spool ls --dead: {answer.stderr.strip()}")
        return [json.loads(line) for line in answer.stdout.splitlines() if line.strip()]

    def send_again(self) -> int:
        """Sends again what kills fell on three times and was set aside for it; how many there were.

        Kills from outside cannot be told from ends of a message's own making. No other letter may be there.
        """
        letters = self.dead_letters()
        expect(all(letter["code"] == "ends_process" for letter in letters), f"no dead letters: {letters[:2]}")
        if letters:
            answer = self.command("spool", "requeue", "--code", "ends_process")
            expect(answer.returncode == 0, f"sluice spool requeue: {answer.stderr.strip()}")
        return len(letters)

    def decided(self) -> list[dict]:
        """The decision log so far."""
        lines = []
        for path in (Path(f"{self.decisions}.1"), self.decisions):
            if path.exists():
                for line in path.read_text().splitlines():
                    try:
                        lines.append(json.loads(line))
                    except ValueError:
                        pass  # the line a kill cut short
        return lines

    def wait_drained(self, within: float = 60.0) -> None:
        """Waits until nothing is left in the spool."""
        wait_until(lambda: self.backlog() == 0,
                   lambda: f"the spool is empty; it holds {self.backlog()} rows", within, every=0.2)


class _Control(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout: float):
        super().__init__("sluice", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


# What the scenarios read from `sluice status --json` and `sluice spool stats --json`, in one place.


def is_ready(status: dict) -> bool:
    """Every lane connected and subscribed: until the broker has answered, it keeps nothing for a new one. Its answer
    stands behind what it kept for one that came back: what comes shows that the subscription holds."""
    lanes = status.get("lanes") or []
    return bool(lanes) and all(
        lane["connected"] and lane["subscriptions"]
        and ("asked" not in lane["subscriptions"].values() or any(lane["messages"]))
        for lane in lanes)


def waiting(stats: dict) -> int:
    """Rows not yet acknowledged."""
    return int(stats["waiting"])


def breaker(status: dict, endpoint: str = "central") -> str:
    """An endpoint's circuit breaker: closed, open or half_open."""
    return status["cloud"][endpoint]["breaker"]
