# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes a configuration around the shipped policies and models: `shipped.py FOLDER`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.gateway import ROOT, Gateway, central  # noqa: E402

TOPICS = ["plant/+/machines/+/vibration", "plant/+/inspection/+", "ward/+/patients/+/vitals",
          "plant/+/pumps/+/telemetry", "plant/+/caps/+/frame", "plant/+/trays/+/frame",
          "plant/+/pipes/+/sound", "plant/+/gearboxes/+/vibration"]

POLICIES = ROOT / "Policies"


def shipped(folder: Path, broker_url: str, cloud_url: str, policies: Path = POLICIES,
            **sections) -> Gateway:
    """A gateway as the demo runs it."""
    return Gateway(folder, broker_url, TOPICS, central(cloud_url), policies=policies, **sections)


if __name__ == "__main__":
    shipped(Path(sys.argv[1]), "mqtt://127.0.0.1:1883", "http://127.0.0.1:8000")
