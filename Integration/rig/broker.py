# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A real mosquitto with the limits the documentation recommends."""

from __future__ import annotations

import getpass
from pathlib import Path

from .process import Failed, Program, accepts, free_port, wait_until

CONFIGURATION = """\
# A broker in front of a gateway: what keeps "acknowledged" meaning "safe".
listener {port} 127.0.0.1
allow_anonymous true
user {user}
pid_file {folder}/mosquitto.pid
log_dest stderr
log_type error
log_type warning
log_type notice
connection_messages true

{persistence}
# No limit on the number queued for a gateway that is away (the default of 1000 drops silently),
# but one on the bytes.
max_queued_messages 0
max_queued_bytes 268435456
max_inflight_messages 1000
max_packet_size {max_packet}
{extra}
"""

PERSISTENCE = """\
# Sessions and queues survive a restart of the broker. autosave_on_changes + 50: written after every
# 50 changes; what a *crash* of the broker costs is what came after the last save.
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 50
"""


class Broker:
    """One mosquitto in a folder of its own on a free loopback port."""

    def __init__(self, folder: Path, max_packet: int = 1 << 20, extra: str = "",
                 is_persistent: bool = True):
        self.folder = folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.max_packet = max_packet
        self.extra = extra
        self.is_persistent = is_persistent
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
                    persistence=PERSISTENCE.format(folder=self.folder)
                    if self.is_persistent else "persistence false\n",
                    max_packet=self.max_packet,
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
