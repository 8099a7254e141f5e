# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A backup is made while the gateway takes messages, and restored on an empty site: every row of it is
there, under the same ids, and is answered. A restore over a newer store is refused."""

import shutil

from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.stage import Stage, expect_one_identity

COUNT = 3_000


def scenario(stage: Stage) -> None:
    broker = stage.broker()
    cloud = stage.cloud()
    cloud.stop()
    watcher = stage.watcher(broker)
    gateway = stage.gateway(broker, cloud, policy=hybrid(ALWAYS_ASK)).start()
    publisher = stage.publisher(broker)
    truths = stage.publish(publisher, COUNT)
    publisher.flush()
    wait_until(lambda: gateway.backlog() >= COUNT, lambda: f"{gateway.backlog()} of {COUNT} wait",
               within=90)

    # While it works.
    copy = stage.folder / "copy.sqlite"
    more = stage.publish(publisher, 500)
    made = gateway.command("spool", "backup", str(copy))
    expect(made.returncode == 0, f"{made.stdout}{made.stderr}")
    publisher.flush()
    expect(copy.stat().st_mode & 0o077 == 0, "only its owner may read it")
    twice = gateway.command("spool", "backup", str(copy))
    expect(twice.returncode != 0, "a backup replaces nothing")
    running = gateway.command("spool", "restore", str(copy))
    expect(running.returncode != 0, "nothing is restored under a running gateway")
    wait_until(lambda: gateway.backlog() >= COUNT + len(more), "the later ones wait too")
    gateway.stop()

    newer = gateway.command("spool", "restore", str(copy))
    expect(newer.returncode != 0 and "newer" in newer.stderr, f"{newer.stdout}{newer.stderr}")
    expect(gateway.backlog() >= COUNT + len(more), "and the store is as it was")

    # The site burns down.
    for path in gateway.folder.glob("spool.sqlite*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    back = gateway.command("spool", "restore", str(copy))
    expect(back.returncode == 0, f"{back.stdout}{back.stderr}")
    kept = gateway.backlog()
    expect(kept >= COUNT, f"{kept} rows restored")
    cloud.start()
    gateway.start()
    gateway.wait_drained(within=120)
    wait_until(lambda: set(truths) <= watcher.keys("sluice/verdicts/"),
               lambda: f"{len(watcher.keys('sluice/verdicts/'))} of {kept} words", within=30)
    # Under the ids that were given before: the site key came back with it.
    repeats = expect_one_identity(watcher.events)
    stage.note(f"{kept} rows restored and answered, {repeats} events repeated under their id; "
               f"{copy.stat().st_size >> 10} KiB")
