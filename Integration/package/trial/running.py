# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""What the installed service does while it runs, a step a function; each says in a line what was seen."""

from __future__ import annotations

import json
import re
import shutil
import time

from fuzz import mistakes
from rig.process import expect, wait_until
from trial.gateway import CONFIGURATION, Gateway, numbers

TOKEN = "a-token-of-the-trial"
WORST_EXPOSURE = 2.0


def starts(gateway: Gateway) -> str:
    """Active without anybody's doing, every library found in a clean root, and how soon it is ready."""
    expect(gateway.state() == "active", f"after the installation: {gateway.state()}")
    libraries = gateway.root.asks("ldd /usr/bin/sluice /usr/lib/sluice/libonnxruntime.so")
    expect("not found" not in libraries, libraries)
    shown = gateway.shows("Type", "UnitFileState", "User")
    expect(shown == {"Type": "notify", "UnitFileState": "enabled", "User": "sluice"}, f"{shown}")
    seconds = sorted(gateway.restart() for _ in range(3))
    return f"ready {seconds[1]:.2f} s after its start, the median of three"


def decides(gateway: Gateway) -> str:
    """The packaged example as its README says, then a policy with an ONNX model."""
    alert = gateway.listen("alerts/#", 1, 20)
    gateway.publish("sluice/example/boiler", [{"ts": int(time.time() * 1000), "temp": 97.5}])
    expect(alert.communicate()[0] != "", "the example rings")
    decided = gateway.listen("decided/#", 1, 20)
    gateway.publish("trial/m1/vibration", [gateway.vibration(1)])
    heard = numbers(decided)
    expect(len(heard) == 1 and heard[0]["label"] in ("healthy", "worn", "fault"), f"{heard}")
    # What the maker's own build of the library would have left, had it not been told to be silent.
    left = gateway.root.asks("find / -xdev \\( -name deviceid -o -name Microsoft \\) "
                             "-not -path '/proc/*' -not -path '/usr/*'")
    expect(left == "", f"ONNX Runtime keeps an id of this device: {left}")
    pid = gateway.shows("MainPID")["MainPID"]
    maps = gateway.root.asks(f"grep -c 'xp 0* 00:00 0 *$' /proc/{pid}/maps || true")
    shown = gateway.shows("MemoryDenyWriteExecute")
    expect(shown["MemoryDenyWriteExecute"] == "yes", f"{shown}")
    return (f"the example rings; a model says `{heard[0]['label']}` under MemoryDenyWriteExecute "
            f"({maps} anonymous executable mappings)")


def is_confined(gateway: Gateway) -> str:
    """What `systemd-analyze security` says of the running unit."""
    text = gateway.root.asks("systemd-analyze security sluice --no-pager")
    found = re.search(r"Overall exposure level for sluice.service: ([0-9.]+)", text)
    expect(found is not None, text[-500:])
    exposure = float(found[1])
    expect(exposure < WORST_EXPOSURE, f"exposure {exposure}")
    open_ones = re.findall(r"^✗ (\S+)", text, re.MULTILINE)
    return f"exposure {exposure}; what is open: {', '.join(open_ones)}"


def refuses_mistakes(gateway: Gateway) -> str:
    """A wrong configuration ends it with 78, once, and the journal has it as an error."""
    good = gateway.root.read(CONFIGURATION)
    before = gateway.restarts()
    gateway.root.write(CONFIGURATION, good.replace("\nspool:", "\nspool:\n  max_sice: 1GiB"))
    answer = gateway.root.run("systemctl restart sluice", check=False)
    expect(answer.returncode != 0, "the restart with a mistake succeeds")
    time.sleep(6)  # three times RestartSec
    shown = gateway.shows("ActiveState", "ExecMainStatus", "NRestarts")
    expect(shown["ExecMainStatus"] == "78" and shown["ActiveState"] == "failed", f"{shown}")
    expect(int(shown["NRestarts"]) == before, f"restarted all the same: {shown}")
    errors = [entry["MESSAGE"] for entry in gateway.journal("-p", "3", "-n", "5")]
    expect(any("max_sice" in line for line in errors), f"{errors}")
    gateway.root.write(CONFIGURATION, good)
    gateway.restart()
    levels: dict[str, int] = {}
    for entry in gateway.journal():
        if entry.get("_COMM") == "sluice":
            levels[entry["PRIORITY"]] = levels.get(entry["PRIORITY"], 0) + 1
    expect({"3", "6"} <= set(levels), f"levels in the journal: {levels}")
    return ("exit 78, not restarted, the place of the mistake in the journal as an error; lines by "
            "level: " + ", ".join(f"{level}: {count}" for level, count in sorted(levels.items())))


def survives_mistakes(gateway: Gateway) -> str:
    """Mistakes in any place of the shipped files, some of all, told to the installed release build: none ends it."""
    folder, work = gateway.root.folder / "root/mistakes", mistakes.all_mistakes(few=300)
    script = []
    for number, one in enumerate(work):
        one.lay(folder / str(number))
        asked = " ".join(one.arguments)
        script.append(f"cd /root/mistakes/{number}; timeout 60 sluice {asked} >/dev/null 2>&1; echo $?")
    answers = gateway.root.asks("export SWIFT_BACKTRACE=enable=no\n" + "\n".join(script), within=1_800)
    ends = [int(line) for line in answers.split()]
    shutil.rmtree(folder)
    expect(len(ends) == len(work), f"{len(ends)} answers to {len(work)} mistakes")
    # 124 is timeout's word for what did not end.
    bad = [f"{one.of}: `{one.where}` ended with {end}" for one, end in zip(work, ends)
           if mistakes.is_death(end) or end == 124]
    expect(not bad, "; ".join(bad[:5]))
    return f"of {len(work)} mistakes {ends.count(0)} taken, {ends.count(78)} refused (78), nothing ended by a signal"


def reloads(gateway: Gateway) -> str:
    """An edited policy is taken by `systemctl reload`, and a wrong one is not, while it runs on."""
    path = "/etc/sluice/policies/example/policy.yaml"
    good, pid = gateway.root.read(path), gateway.shows("MainPID")

    def versions(status: dict) -> dict[str, str]:
        return {policy["name"]: policy["version"] for policy in status["policies"]}

    def status() -> dict:
        return json.loads(gateway.root.asks("sluice status --json"))

    before = versions(status())["example"]
    gateway.root.write(path, good.replace("temp > 90.0", "temp > 90.5"))
    gateway.root.run("systemctl reload sluice")
    wait_until(lambda: versions(status())["example"] != before, "the edited policy is in force", 20)
    gateway.root.write(path, good.replace("route: act", "route: akt"))
    told = gateway.root.run("systemctl reload sluice", check=False)
    expect(told.returncode != 0, "a reload of a wrong policy fails")
    shown = gateway.shows("ExecReload", "ActiveState")
    expect("status=78 " in shown["ExecReload"] and shown["ActiveState"] == "active", f"{shown}")
    lines = "\n".join(entry["MESSAGE"] for entry in gateway.journal("-n", "20"))
    expect("policy.yaml:" in lines and "akt" in lines, f"the journal says where the mistake is: {lines}")
    expect("refused_reload" in status(), "the wrong policy is refused")
    expect(versions(status())["example"] not in ("", before), "the policy before it stays in force")
    gateway.root.write(path, good)
    gateway.root.run("systemctl reload sluice")
    wait_until(lambda: versions(status())["example"] == before, "the former policy is back", 20)
    expect(gateway.shows("MainPID") == pid, "it was restarted")
    return ("an edited policy is in force; a wrong one makes `systemctl reload` fail (exit 78), the journal says where, "
            "and the former one stays; the process is the same")


def outlives_kills(gateway: Gateway) -> str:
    """Killed twice under traffic: systemd restarts it, and every reading is decided."""
    count, before = 3_000, gateway.restarts()
    decided = gateway.listen("decided/m2", 10 * count, 60)
    for part in range(30):
        gateway.publish("trial/m2/vibration",
                        [gateway.vibration(n) for n in range(part * 100, part * 100 + 100)])
        if part in (8, 20):
            wait_until(lambda: gateway.state() == "active", "it does not come back", within=60)
            gateway.root.run("systemctl kill -s KILL --kill-who=main sluice")
    gateway.comes_back(before + 2)
    heard = [message["n"] for message in numbers(decided)]
    missing = set(range(count)) - set(heard)
    expect(not missing, f"{len(missing)} readings of {count} were never decided")
    shown = gateway.shows("Result")
    return (f"killed twice under {count} readings: restarted twice ({shown['Result']} now), none "
            f"missing, {len(heard) - count} decided twice")


def catches_up(gateway: Gateway) -> str:
    """What came while it was stopped is decided when it is back, with the broker's recommended settings."""
    count = 2_000
    gateway.root.run("systemctl stop sluice")
    decided = gateway.listen("decided/m5", count, 30)
    gateway.publish("trial/m5/vibration", [gateway.vibration(n) for n in range(count)])
    gateway.root.run("systemctl start sluice")
    heard = [message["n"] for message in numbers(decided)]
    arrived = [lane["messages"] for lane in gateway.status()["lanes"]]
    expect(len(set(heard)) == count, f"{len(set(heard))} of {count} are decided, arrived: {arrived}")
    return f"{count} readings published meanwhile are decided"


def is_watched(gateway: Gateway) -> str:
    """A process that stands still is ended by the watchdog and restarted."""
    drop_in = "/etc/systemd/system/sluice.service.d"
    gateway.root.run(f"mkdir -p {drop_in}; printf '[Service]\\nWatchdogSec=6\\n' > {drop_in}/trial.conf;"
                     " systemctl daemon-reload; systemctl restart sluice")
    before = gateway.restarts()
    time.sleep(15)
    expect(gateway.restarts() == before, "the watchdog bites a process that is well")
    start = time.monotonic()
    gateway.root.run("systemctl kill -s STOP --kill-who=main sluice")
    gateway.comes_back(before + 1, within=40)
    seconds = time.monotonic() - start
    lines = " ".join(entry["MESSAGE"] for entry in gateway.journal("-n", "40"))
    expect("atchdog" in lines, lines[-500:])
    gateway.root.run(f"rm -r {drop_in}; systemctl daemon-reload; systemctl restart sluice")
    return f"stopped with SIGSTOP and WatchdogSec=6: running again after {seconds:.0f} s"


def takes_credentials(gateway: Gateway) -> str:
    """A secret that only root may read reaches the configuration through LoadCredential."""
    gateway.root.run(f"umask 077; printf %s {TOKEN} > /etc/sluice/secret/admin-token")
    text = gateway.root.read(CONFIGURATION)
    gateway.root.write(CONFIGURATION, text + "\nadmin:\n  listen: 127.0.0.1:8730\n"
                       "  token_file: secret_admin-token\n")
    gateway.restart()
    refused = gateway.root.run("runuser -u sluice -- cat /etc/sluice/secret/admin-token", check=False)
    expect(refused.returncode != 0, "the user sluice may read root's secret")
    codes = [gateway.root.outside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-H",
                                  f"Authorization: Bearer {word}", "http://127.0.0.1:8730/v1/status")
             for word in (TOKEN, "another")]
    expect(codes == ["200", "401"], f"with the token and with another: {codes}")
    ready = gateway.root.outside("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                 "http://127.0.0.1:8730/healthz")
    expect(ready == "200", f"/healthz: {ready}")
    return "the admin server takes the token of /etc/sluice/secret and no other; sluice's user cannot read the file"


def rests(gateway: Gateway) -> str:
    """Memory and processor of the idle service, with the admin server on."""
    pid = gateway.shows("MainPID")["MainPID"]
    # After the start's own work.
    time.sleep(20)

    def ticks() -> int:
        fields = gateway.root.asks(f"cat /proc/{pid}/stat").rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    first, start = ticks(), time.monotonic()
    time.sleep(60)
    percent = (ticks() - first) / 100 / (time.monotonic() - start) * 100
    text = gateway.root.asks(f"cat /proc/{pid}/status")
    sizes = {name: int(re.search(rf"^{name}:\s+(\d+)", text, re.MULTILINE)[1])
             for name in ("VmRSS", "RssAnon", "Threads")}
    return (f"{sizes['VmRSS'] / 1024:.1f} MiB resident, {sizes['RssAnon'] / 1024:.1f} MiB of it its own "
            f"(RssAnon), {sizes['Threads']} threads, {percent:.2f} % of a core")


def tells_of_a_full_disk(gateway: Gateway) -> str:
    """A full disk under the spool shows in `systemctl status`, and passes without a loss."""
    kept = "/var/lib/sluice.kept"
    gateway.root.run("systemctl stop sluice; mkdir -p " + kept + " && cp -a /var/lib/sluice/. " + kept
                     + " && mount -t tmpfs -o size=24M,mode=0750 trial /var/lib/sluice"
                     + f" && cp -a {kept}/. /var/lib/sluice/ && systemctl start sluice")
    before = gateway.waiting()
    gateway.root.run("dd if=/dev/zero of=/var/lib/sluice/ballast bs=64k 2>/dev/null || true")
    # A row each of a kilobyte and more, until the last free page is used.
    count = 2_000
    gateway.publish("trial/m3/later", [{"n": n, "temp": 20, "pad": "x" * 900} for n in range(count)])

    def told() -> str:
        return gateway.shows("StatusText")["StatusText"]

    wait_until(lambda: "full" in told(), told, within=30, every=0.5)
    line = told()
    lines = gateway.root.asks("systemctl status sluice --no-pager", check=False)
    expect(line[:40] in lines, lines)
    gateway.root.run("rm /var/lib/sluice/ballast")
    wait_until(lambda: gateway.waiting() == before + count,
               lambda: f"{gateway.waiting()} rows of {before + count}", within=60, every=0.5)
    gateway.root.run("systemctl stop sluice && umount /var/lib/sluice && rm -r " + kept
                     + " && systemctl start sluice")
    return f"“{line}”; with room again all {count} readings are rows"


STEPS = [starts, decides, is_confined, refuses_mistakes, survives_mistakes, reloads, outlives_kills, catches_up,
         is_watched, takes_credentials, rests, tells_of_a_full_disk]
