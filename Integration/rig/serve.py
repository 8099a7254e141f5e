# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""`sluice serve`, and asking it."""

from __future__ import annotations

import http.client
import json
import os
from pathlib import Path

from .gateway import binary
from .process import Failed, Program, expect, wait_until


class Serve:
    """One `sluice serve` over a model repository, on a port the system chooses and it keeps."""

    def __init__(self, folder: Path, models: Path, name: str = "serve"):
        self.models = models
        self.port = 0
        self.port_file = folder / f"{name}.port"
        self.program = Program("sluice serve", folder / f"{name}.log")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> "Serve":
        """Starts it, the second time on the port it had."""
        self.port_file.unlink(missing_ok=True)
        self.program.spawn([
            binary(), "serve", "--models", str(self.models),
            "--listen", f"127.0.0.1:{self.port}", "--port-file", str(self.port_file),
            "--onnxruntime", os.environ["SLUICE_ONNXRUNTIME"],
        ])

        def ready() -> bool:
            if not self.program.is_running:
                raise Failed("sluice serve ended:\n" + self.program.last_words())
            if not self.port:
                text = self.port_file.read_text() if self.port_file.exists() else ""
                self.port = int(text) if text.strip() else 0
            return bool(self.port) and self.answers()

        wait_until(ready, "sluice serve answers", within=30)
        return self

    def answers(self) -> bool:
        """Whether it says it is ready."""
        try:
            return self.request("GET", "/v2/health/ready")[0] == 200
        except OSError:
            return False

    def request(self, method: str, path: str, body: dict | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            headers = {"Content-Type": "application/json"} if body else {}
            connection.request(method, path, json.dumps(body) if body else None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def labels(self, model: str, rows: list[list[float]], names: list[str]) -> list[str]:
        """The model's label for each row of features."""
        answers: list[str] = []
        for start in range(0, len(rows), 64):
            part = rows[start : start + 64]
            flat = [value for row in part for value in row]
            status, body = self.request("POST", f"/v2/models/{model}/infer", {
                "inputs": [{"name": "X", "datatype": "FP32",
                            "shape": [len(part), len(part[0])], "data": flat}],
            })
            expect(status == 200, f"{model}: {status} {body[:200]!r}")
            outputs = {output["name"]: output for output in json.loads(body)["outputs"]}
            for label in outputs["label"]["data"]:
                answers.append(label if isinstance(label, str) else names[int(label)])
        return answers

    def stop(self) -> None:
        self.program.stop()
