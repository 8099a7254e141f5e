#!/usr/bin/env python3
# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Tries the Debian package in a Debian root that is booted for it, and says what was seen:

    sudo Integration/package/try.py SLUICE.deb [--root TAR] [--suite bookworm] [--only STEP]…

It makes a root (mmdebstrap or debootstrap; `--root` takes an archive of one with systemd, dbus, apt and
ca-certificates instead), downloads what the package depends on and a broker, boots the root by systemd-nspawn
without a network, and does there what a keeper does: installs, watches, breaks, upgrades, goes back, removes,
purges. About eight minutes; wants root, systemd-container, dpkg-deb and curl. Nothing is left behind, and
nothing of this machine is changed. Ends with 1 when a step failed."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
sys.dont_write_bytecode = True

from rig.process import Failed  # noqa: E402
from trial import packaging, running  # noqa: E402
from trial.gateway import CONFIGURATION, Gateway  # noqa: E402
from trial.root import Root  # noqa: E402


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Tries the Debian package in a booted root.")
    parser.add_argument("package", type=Path)
    parser.add_argument("--root", type=Path, metavar="TAR")
    parser.add_argument("--suite", default="bookworm")
    parser.add_argument("--only", action="append", metavar="STEP", default=[])
    parser.add_argument("--bind", action="append", metavar="FOLDER", default=[],
                        help="a folder of this machine that is seen inside, to read")
    return parser.parse_args()


def attempt(gateway: Gateway, name: str, step, failed: list[str]) -> None:
    start = time.monotonic()
    configuration = gateway.root.read(CONFIGURATION)
    try:
        said = step()
        print(f"ok      {name} ({time.monotonic() - start:.0f} s): {said}", flush=True)
    except Failed as failure:
        failed.append(name)
        print(f"FAILED  {name}: {failure}", flush=True)
        gateway.mend(configuration)


def trial(root: Root, package: Path, only: list[str]) -> list[str]:
    """Every step; the names of those that failed."""
    failed: list[str] = []
    newer = packaging.make_newer(package, root.folder / "root")
    older = shutil.copy(package, root.folder / "root/sluice.deb")
    inside = {path: "/root/" + Path(path).name for path in (older, newer)}
    root.fetch("mosquitto", "mosquitto-clients", "adduser", inside[older])
    print(f"booted in {root.boot():.1f} s", flush=True)
    gateway = Gateway(root)
    root.run("apt-get -q -y --no-install-recommends install mosquitto mosquitto-clients")
    seconds = gateway.install(inside[older])
    root.run("cp /usr/share/doc/sluice/examples/mosquitto.conf /etc/mosquitto/conf.d/sluice.conf && "
             "systemctl restart mosquitto && systemctl is-active mosquitto")
    megabytes = package.stat().st_size / 1e6
    size = int(root.asks("dpkg-query -W -f '${Installed-Size}' sluice")) / 1024
    print(f"installed in {seconds:.0f} s: {megabytes:.1f} MB, {size:.0f} MiB when installed", flush=True)
    gateway.settle()
    for step in running.STEPS:
        if not only or step.__name__ in only:
            attempt(gateway, step.__name__, lambda: step(gateway), failed)
    for step in packaging.STEPS:
        if not only or step.__name__ in only:
            attempt(gateway, step.__name__,
                    lambda: step(gateway, inside[older], inside[newer]), failed)
    return failed


def main() -> int:
    chosen = options()
    if os.geteuid() != 0 or not shutil.which("systemd-nspawn"):
        print("try.py: wants root and systemd-nspawn (Debian: systemd-container)", file=sys.stderr)
        return 1
    root = Root(chosen.suite, chosen.root, chosen.bind)
    try:
        failed = trial(root, chosen.package, chosen.only)
    except Failed as failure:
        print(f"FAILED  {failure}", flush=True)
        failed = ["preparation"]
    finally:
        root.remove()
    print(f"failed: {', '.join(failed)}" if failed else "all steps passed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
