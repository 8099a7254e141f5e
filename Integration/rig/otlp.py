# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""A collector of traces and metrics over OTLP/HTTP in JSON, which checks what it is sent against the protocol."""

from __future__ import annotations

import http.server
import json
import re
import threading
import time

HEX = re.compile(r"^[0-9a-f]+$")
DIGITS = re.compile(r"^[0-9]+$")
VALUES = {"stringValue": str, "boolValue": bool, "intValue": str, "doubleValue": (int, float),
          "arrayValue": dict, "kvlistValue": dict, "bytesValue": str}
SPAN = {"traceId", "spanId", "traceState", "parentSpanId", "flags", "name", "kind",
        "startTimeUnixNano", "endTimeUnixNano", "attributes", "droppedAttributesCount", "events",
        "droppedEventsCount", "links", "droppedLinksCount", "status"}
METRIC = {"name", "description", "unit", "gauge", "sum", "histogram", "exponentialHistogram", "summary",
          "metadata"}
POINT = {"attributes", "startTimeUnixNano", "timeUnixNano", "asDouble", "asInt", "exemplars", "flags",
         "count", "sum", "quantileValues", "bucketCounts", "explicitBounds", "min", "max"}


class Collector:
    """Answers on a port of its own; `spans` and `metrics` are what came, `faults` what was wrong with it."""

    def __init__(self, status: int = 200):
        # What it answers with, after how long, and what it says of another time.
        self.status = status
        self.delay = 0.0
        self.retry_after: int | None = None
        self.calls = 0
        # When each call came, by this process's clock.
        self.at: list[float] = []
        self.spans: list[dict] = []
        self.metrics: dict[str, dict] = {}
        self.headers: list[dict[str, str]] = []
        self.bodies: list[bytes] = []
        self.faults: list[str] = []
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.calls += 1
                collector.at.append(time.monotonic())
                time.sleep(collector.delay)
                collector.take(self.path, dict(self.headers), body)
                self.send_response(collector.status)
                if collector.retry_after is not None:
                    self.send_header("Retry-After", str(collector.retry_after))
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, headers: dict[str, str], body: bytes) -> None:
        self.bodies.append(body)
        self.headers.append({name.lower(): value for name, value in headers.items()})
        if self.status != 200:
            return
        if self.headers[-1].get("content-type") != "application/json":
            self.faults.append(f"content type {self.headers[-1].get('content-type')}")
        root = json.loads(body)
        if path == "/v1/traces":
            for one in self._scopes(root, "resourceSpans", "scopeSpans"):
                for span in one["spans"]:
                    self._span(span)
                    self.spans.append(span)
        elif path == "/v1/metrics":
            for one in self._scopes(root, "resourceMetrics", "scopeMetrics"):
                for metric in one["metrics"]:
                    self._metric(metric)
                    self.metrics[metric["name"]] = metric
        else:
            self.faults.append(f"no such path {path}")

    def _expect(self, holds: bool, what: str) -> None:
        if not holds and len(self.faults) < 20:
            self.faults.append(what)

    def _scopes(self, root: dict, resources: str, scopes: str) -> list[dict]:
        self._expect(set(root) == {resources}, f"members {set(root)}")
        found = []
        for resource in root[resources]:
            self._attributes(resource["resource"]["attributes"])
            names = {one["key"] for one in resource["resource"]["attributes"]}
            self._expect("service.name" in names, "a resource names its service")
            found += resource[scopes]
        return found

    def _attributes(self, attributes: list) -> None:
        keys = [one["key"] for one in attributes]
        self._expect(len(keys) == len(set(keys)), f"a key twice: {keys}")
        for one in attributes:
            (kind, value), *more = one["value"].items()
            self._expect(not more and isinstance(value, VALUES.get(kind, ())), f"value {one}")
            self._expect(kind != "intValue" or DIGITS.match(value.lstrip("-")) is not None, f"{one}")

    def _span(self, span: dict) -> None:
        self._expect(set(span) <= SPAN, f"span members {set(span) - SPAN}")
        for name, length in (("traceId", 32), ("spanId", 16), ("parentSpanId", 16)):
            value = span.get(name, "" if name == "parentSpanId" else "-")
            self._expect(value == "" or len(value) == length and HEX.match(value) is not None
                         and set(value) != {"0"}, f"{name} {value}")
        self._expect(isinstance(span["kind"], int) and 1 <= span["kind"] <= 5, f"kind {span['kind']}")
        for name in ("startTimeUnixNano", "endTimeUnixNano"):
            self._expect(isinstance(span[name], str) and DIGITS.match(span[name]) is not None, f"{name}")
        self._expect(int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]), "ends after it begins")
        self._expect(span["status"].get("code", 0) in (0, 1, 2), f"status {span['status']}")
        self._attributes(span["attributes"])

    def _metric(self, metric: dict) -> None:
        self._expect(set(metric) <= METRIC, f"metric members {set(metric) - METRIC}")
        kinds = [kind for kind in ("gauge", "sum", "histogram", "summary") if kind in metric]
        self._expect(len(kinds) == 1, f"one kind: {kinds}")
        if kinds[0] in ("sum", "histogram"):
            self._expect(metric[kinds[0]]["aggregationTemporality"] == 2, "cumulative")
        titles = [json.dumps(point["attributes"]) for point in metric[kinds[0]]["dataPoints"]]
        self._expect(len(titles) == len(set(titles)), f"a point twice: {metric['name']}")
        for point in metric[kinds[0]]["dataPoints"]:
            self._expect(set(point) <= POINT, f"point members {set(point) - POINT}")
            self._expect(DIGITS.match(point["timeUnixNano"]) is not None, "a time as text")
            self._attributes(point["attributes"])
            if kinds[0] == "histogram":
                counts, bounds = point["bucketCounts"], point["explicitBounds"]
                self._expect(all(isinstance(count, str) for count in counts), "64-bit counts as text")
                self._expect(len(counts) == len(bounds) + 1, "one bucket more than bounds")
                self._expect(sum(int(count) for count in counts) == int(point["count"]), "the buckets' sum")
                self._expect(bounds == sorted(set(bounds)), "bounds rise")
            elif kinds[0] == "sum":
                self._expect(isinstance(point["asInt"], str), "a whole number as text")
            else:
                self._expect(isinstance(point["asDouble"], (int, float)), "a number")
