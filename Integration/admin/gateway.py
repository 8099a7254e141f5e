# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A gateway that has something to show, for schemathesis to try: see schemathesis.sh."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rig.policies import ALWAYS_ASK, hybrid  # noqa: E402
from rig.process import free_port, wait_until  # noqa: E402
from rig.stage import Stage  # noqa: E402

TOKEN = "open-sesame-7"
# Never ends, and so is no matter for a tool that waits for answers; scenario 31 tries it.
ENDLESS = "/v1/decisions/stream"


def main() -> int:
    examples, seed = (sys.argv[1:] + ["100", "1"][len(sys.argv) - 1:])[:2]
    with tempfile.TemporaryDirectory(prefix="sluice-api-") as folder:
        stage = Stage(Path(folder))
        try:
            return judge(stage, examples, seed)
        finally:
            stage.end()


def judge(stage: Stage, examples: str, seed: str) -> int:
    """Starts everything, with decisions made, rows waiting and letters dead, and runs the tool."""
    broker, cloud, port = stage.broker(), stage.cloud(), free_port()
    token = stage.folder / "token"
    token.write_text(TOKEN + "\n")
    token.chmod(0o600)
    gateway = stage.gateway(
        broker, cloud, policy=hybrid(ALWAYS_ASK),
        admin={"listen": f"127.0.0.1:{port}", "token_file": str(token)}).start()
    publisher = stage.publisher(broker)
    for number in range(20):
        publisher.publish("plant/a/machines/m01/vibration", f"no JSON {number}")
    stage.publish(publisher, 50)
    cloud.stop()
    stage.publish(publisher, 50)
    publisher.flush()
    wait_until(lambda: gateway.backlog() > 0 and len(gateway.dead_letters()) == 20, "rows wait, letters are dead")
    url = f"http://127.0.0.1:{port}"
    # Not ready is 503 by design, and it is not ready after the tool has called /v1/pause.
    (stage.folder / "schemathesis.toml").write_text(
        '[[operations]]\ninclude-path = "/readyz"\n'
        'checks.not_a_server_error.expected-statuses = ["2xx", "3xx", "4xx", "503"]\n')
    done = subprocess.run([
        os.environ["SCHEMATHESIS"], "run", f"{url}/v1/openapi.json", "--url", url,
        "--header", f"Authorization: Bearer {TOKEN}", "--checks", "all", "--exclude-path", ENDLESS,
        "--max-examples", examples, "--seed", seed, "--continue-on-failure", "--request-timeout", "30",
        "--warnings", "off", "--suppress-health-check", "all", "--no-color",
    ], cwd=stage.folder)
    state = gateway.status()
    alive = gateway.program.is_running and state is not None
    print(f"the gateway is {'as it was' if alive else 'GONE'}; "
          f"{gateway.program.resident_bytes() >> 20 if alive else 0} MiB resident")
    return done.returncode if alive else 1


if __name__ == "__main__":
    sys.exit(main())
