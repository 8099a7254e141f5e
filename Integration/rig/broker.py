# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A real mosquitto with the shipped configuration (Integration/broker/mosquitto.conf)."""

from __future__ import annotations

import getpass
from pathlib import Path

from .process import Failed, Program, accepts, free_port, wait_until

SHIPPED = Path(__file__).resolve().parents[1] / "broker/mosquitto.conf"

CONFIGURATION = """\
listener {port} 127.0.0.1
allow_anonymous true
user {user}
pid_file {folder}/mosquitto.pid
persistence_location {folder}/
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true
sys_interval 1

{settings}
{extra}
"""


def shipped(**instead: str) -> str:
    """The shipped configuration, with other values for some of its settings."""
    lines = []
    for line in SHIPPED.read_text().splitlines():
        key = line.split(" ")[0]
        if key in instead:
            line = f"{key} {instead.pop(key)}"
        if line and not line.startswith("#"):
            lines.append(line)
    return "\n".join(lines + [f"{key} {value}" for key, value in instead.items()])


class Broker:
    """One mosquitto in a folder of its own on a free loopback port."""

    def __init__(self, folder: Path, max_packet: int = 1 << 20, extra: str = "",
                 is_persistent: bool = True, is_stock: bool = False, **instead: str):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.extra = extra
        # Stock is what comes with the broker, but for a session that outlives a restart.
        changed = {"max_packet_size": str(max_packet), **instead}
        if not is_persistent:
            changed["persistence"] = "false"
        self.settings = "persistence true" if is_stock else shipped(**changed)
        self.port = 0
        self.program = Program("mosquitto", folder / "mosquitto.log")

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def reserve(self) -> None:
        """Chooses the port without starting."""
        self.port = self.port or free_port()

    def start(self) -> "Broker":
        """Starts it, or starts it again on the same port with what it kept."""
        chosen = self.port
        for _ in range(5):
            self.port = chosen or free_port()
            configuration = self.folder / "mosquitto.conf"
            configuration.write_text(
                CONFIGURATION.format(
                    port=self.port,
                    user=getpass.getuser(),
                    folder=self.folder,
                    settings=self.settings,
                    extra=self.extra,
                )
            )
            self.program.spawn(["mosquitto", "-c", str(configuration)])
            try:
                wait_until(
                    lambda: not self.program.is_running or accepts(self.port),
                    "mosquitto listens",
                    within=10,
                )
            except Failed:
                self.program.kill()
                raise
            if self.program.is_running:
                return self
            # Somebody else was quicker at that port, or it is still being let go of.
        raise Failed("mosquitto does not start:\n" + self.program.last_words())

    def stop(self) -> None:
        """SIGTERM: it saves its sessions and ends."""
        self.program.stop()

    def kill(self) -> None:
        """kill -9."""
        self.program.kill()
