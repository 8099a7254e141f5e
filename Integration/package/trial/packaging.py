# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What installing, upgrading, going back, removing and purging do to what the keeper and the gateway have."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from rig.process import expect
from trial.gateway import CONFIGURATION, Gateway

KEEP = "-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold"
ROWS = 500
EDIT = "# the keeper was here\n"
POLICY = "/etc/sluice/policies/example/policy.yaml"


def make_newer(package: Path, folder: Path) -> Path:
    """The same package as its next version, whose configuration and unit have changed too."""
    tree = folder / "newer"
    subprocess.run(["dpkg-deb", "-R", package, tree], check=True)
    control = tree / "DEBIAN/control"
    lines = control.read_text().splitlines()
    version = next(line for line in lines if line.startswith("Version: ")).split()[1] + "+next"
    control.write_text("\n".join(f"Version: {version}" if line.startswith("Version: ") else line
                                 for line in lines) + "\n")
    with (tree / CONFIGURATION.lstrip("/")).open("a") as file:
        file.write("# a key of the next version\n")
    with (tree / "usr/lib/systemd/system/sluice.service").open("a") as file:
        file.write("# a unit of the next version\n")
    newer = folder / f"sluice_{version}.deb"
    subprocess.run(["dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", tree, newer], check=True,
                   stdout=subprocess.DEVNULL)
    shutil.rmtree(tree)
    return newer


def version(gateway: Gateway) -> str:
    return gateway.root.asks("dpkg-query -W -f '${Version}' sluice")


def is_whole(gateway: Gateway, rows: int) -> None:
    """It runs, what waits still waits, and the keeper's edits stand."""
    expect(gateway.state() == "active", f"{gateway.state()}")
    expect(gateway.waiting() == rows, f"{gateway.waiting()} rows wait instead of {rows}")
    for path in (CONFIGURATION, POLICY):
        expect(EDIT in gateway.root.read(path), f"the edit of {path} is gone")


def upgrades(gateway: Gateway, older: str, newer: str) -> str:
    """To the next version, with rows waiting and files edited."""
    gateway.publish("trial/m4/later", [{"n": n, "temp": 20} for n in range(ROWS)])
    for path in (CONFIGURATION, POLICY):
        gateway.root.write(path, gateway.root.read(path) + EDIT)
    rows = gateway.waiting()
    expect(rows >= ROWS, f"{rows} rows wait")
    gateway.root.run(f"sluice spool backup --config {CONFIGURATION} /var/lib/sluice/before.sqlite")
    seconds = gateway.install(newer, KEEP)
    expect(version(gateway).endswith("+next"), version(gateway))
    is_whole(gateway, rows)
    expect("a key of the next version" in gateway.root.read(CONFIGURATION + ".dpkg-dist"),
           "the new configuration is not beside the edited one")
    expect("a unit of the next version" in gateway.root.asks("systemctl cat sluice"), "the old unit runs")
    return f"{rows} rows and both edits kept, the new file beside as .dpkg-dist, {seconds:.0f} s"


def downgrades(gateway: Gateway, older: str, newer: str) -> str:
    """Back to the former version."""
    rows = gateway.waiting()
    gateway.install(older, KEEP, "--allow-downgrades")
    expect(not version(gateway).endswith("+next"), version(gateway))
    is_whole(gateway, rows)
    return f"{rows} rows and both edits kept"


def stays_disabled(gateway: Gateway, older: str, newer: str) -> str:
    """What the keeper has disabled and stopped is not enabled again by an upgrade."""
    gateway.root.run("systemctl disable --now sluice")
    gateway.install(newer, KEEP)
    shown = gateway.shows("UnitFileState")
    expect(shown["UnitFileState"] == "disabled", f"{shown}")
    after = gateway.state()
    gateway.root.run("systemctl enable --now sluice")
    return f"still disabled after an upgrade ({after})"


def comes_back_after_removal(gateway: Gateway, older: str, newer: str) -> str:
    """`apt remove` keeps the spool and the configuration; installed again, it goes on."""
    rows = gateway.waiting()
    gateway.root.run("apt-get -q -y remove sluice")
    expect(gateway.root.asks("test -e /usr/bin/sluice || echo gone") == "gone", "the command is there")
    expect(gateway.shows("ActiveState")["ActiveState"] != "active", "it still runs")
    gateway.root.run(f"test -s /var/lib/sluice/spool.sqlite && test -s {CONFIGURATION}")
    gateway.install(older, KEEP)
    is_whole(gateway, rows)
    shown = gateway.shows("UnitFileState")
    expect(shown["UnitFileState"] == "enabled", f"{shown}")
    return f"removed and installed again: {rows} rows and both edits kept, enabled and active"


def is_purged_as_answered(gateway: Gateway, older: str, newer: str) -> str:
    """Where nobody can be asked a purge keeps the spool and its keys; answered with yes, it erases them."""
    gateway.root.run("echo 00 > /etc/sluice/credentials/spool-key")
    gateway.root.run("apt-get -q -y purge sluice")
    gateway.root.run("test -s /var/lib/sluice/spool.sqlite && test -s /etc/sluice/credentials/spool-key")
    expect(gateway.root.asks(f"test -e {CONFIGURATION} || echo gone") == "gone",
           "the configuration is there")
    # Answered on a terminal, as a keeper would: the question's text is shown.
    gateway.install(older)
    asked = gateway.root.run("DEBIAN_FRONTEND=teletype apt-get -q -y purge sluice", say="no\n").stdout
    expect("Erase what waits in Sluice's spool?" in asked, asked[-1500:])
    gateway.root.run("test -s /var/lib/sluice/spool.sqlite")
    gateway.install(older)
    gateway.root.run("DEBIAN_FRONTEND=teletype apt-get -q -y purge sluice", say="yes\n")
    left = gateway.root.asks("find / -xdev -iname '*sluice*' -not -path '/proc/*' -not -path '/sys/*' "
                             "-not -path '/run/*' -not -path '/root/*' -not -path '/var/log/*' "
                             "-not -path '/etc/mosquitto/*' -not -path '/var/cache/*'")
    users = gateway.root.asks("getent passwd sluice || true")
    expect(left == "" and users == "", f"left behind: {left} {users}")
    gateway.root.run("echo sluice sluice/erase-spool boolean true | debconf-set-selections")
    gateway.install(older)
    gateway.root.run("apt-get -q -y purge sluice")
    gateway.root.run("test ! -e /var/lib/sluice")
    return "kept where nobody is asked and after a no, keys too; erased after a yes, by hand and preseeded"


STEPS = [upgrades, downgrades, stays_disabled, comes_back_after_removal, is_purged_as_answered]
