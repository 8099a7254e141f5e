# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Writes sigv4.json: requests that botocore has signed, which our signer must sign alike.

    python3 -m venv v && v/bin/pip install botocore==1.44.5 && v/bin/python sigv4.py
    v/bin/python sigv4.py --curl      # how many of them does the curl of this machine sign alike?
"""

import datetime
import http.server
import json
import pathlib
import random
import subprocess
import sys
import threading
from unittest import mock

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

COUNT = 400
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PATHS = [
    "/endpoints/{name}/invocations", "/", "", "/endpoints/{name}/invocations/",
    "/model/anthropic.claude-v2:1/invoke", "/a%20b/{name}", "/a/../b/./{name}", "//{name}//x",
    "/%E2%82%AC/{name}~x", "/v1/{name}*('x')!,;=@&$+", "/prod/{name}",
]
QUERIES = [
    "", "", "", "a=1", "b=2&a=1", "a=2&a=1", "a=b&a-b=1", "flag", "flag=&x", "q=a%20b%2Fc", "z=%E2%82%AC&a=~",
    "Action=ListUsers&Version=2010-05-08", "a=x%3Dy",
]
VALUES = ["plain", "a  b   c", "  led and trailed ", "tab\tin it", "a,b", "caf%C3%A9", "x" * 40, '"quoted  blanks"']
NAMES = [
    "X-Amzn-SageMaker-Target-Variant", "X-Amzn-SageMaker-Inference-Id", "X-Amzn-SageMaker-Custom-Attributes",
    "Accept", "Idempotency-Key", "x-lower", "X-Zulu", "X-Alpha",
]


def one(draw: random.Random, number: int) -> dict:
    name = "".join(draw.choices("abcdefgh-XYZ019", k=draw.randint(1, 30))).strip("-") or "n"
    region = draw.choice(["eu-central-1", "us-east-1", "ap-southeast-2", "us-gov-west-1"])
    service = draw.choice(["sagemaker"] * 5 + ["execute-api", "bedrock", "lambda"])
    host = draw.choice([
        f"runtime.sagemaker.{region}.amazonaws.com", f"vpce-0a1.runtime.sagemaker.{region}.vpce.amazonaws.com",
        f"runtime.sagemaker.{region}.amazonaws.com:8443", "LocalHost:9000",
    ])
    scheme = "https" if draw.random() < 0.8 else "http"
    query = draw.choice(QUERIES)
    url = f"{scheme}://{host}{draw.choice(PATHS).format(name=name)}" + (f"?{query}" if query else "")
    headers = [("Content-Type", draw.choice(["application/json", "text/csv; charset=utf-8"]))]
    for header in draw.sample(NAMES, draw.randint(0, 4)):
        headers.append((header, draw.choice(VALUES)))
    draw.shuffle(headers)
    body = draw.choice(["", "{}", '{"instances":[[1.0,2.5]]}', "1,2,3\n", "é" * 50, "x" * draw.randint(1, 200)])
    return {
        "url": url, "headers": headers, "body": body, "region": region, "service": service,
        "time": 1_400_000_000 + draw.randint(0, 500_000_000),
        "key": "AKIDEXAMPLE" + str(number), "secret": SECRET,
        "token": draw.choice([None, None, "FwoGZXIvYXdz//" + "t" * 40 + "=="]),
    }


def sign(case: dict) -> dict:
    """The header fields botocore adds."""
    moment = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc).replace(tzinfo=None)
    request = AWSRequest("POST", case["url"], data=case["body"].encode())
    for name, value in case["headers"]:
        request.headers[name] = value
    signer = botocore.auth.SigV4Auth(
        Credentials(case["key"], case["secret"], case["token"]), case["service"], case["region"])
    with mock.patch("botocore.auth.get_current_datetime", lambda *a, **k: moment):
        signer.add_auth(request)
    names = ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"]
    return {name: request.headers[name] for name in names if name in request.headers}


class Listener(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seen: list[str] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Listener.seen.append(self.headers.get("Authorization", ""))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def try_curl(cases: list[dict]) -> None:
    """Has curl sign the plain-http form of each case at the same time of day, and counts."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    same, odd, plain = 0, {}, [0, 0]
    for case in cases:
        case = {**case, "url": "http" + case["url"].removeprefix("https").removeprefix("http")}
        wanted = sign(case)
        command = ["curl", "-s", "--path-as-is", "-X", "POST", "--data-binary", "@-", "--aws-sigv4",
                   f"aws:amz:{case['region']}:{case['service']}", "--user", f"{case['key']}:{case['secret']}",
                   "-H", f"X-Amz-Date: {wanted['X-Amz-Date']}", "--connect-to",
                   f"::127.0.0.1:{server.server_port}", case["url"]]
        for name, value in case["headers"]:
            command += ["-H", f"{name}: {value}"]
        if case["token"]:
            command += ["-H", f"X-Amz-Security-Token: {case['token']}"]
        Listener.seen.clear()
        subprocess.run(command, input=case["body"].encode(), check=False)
        got = Listener.seen[0] if Listener.seen else "(nothing sent)"
        is_same = got.replace(" ", "") == wanted["Authorization"].replace(" ", "")
        same += is_same
        is_plain = "/endpoints/" in case["url"] and "?" not in case["url"]
        plain[0] += is_plain
        plain[1] += is_plain and is_same
        if not is_same:
            odd.setdefault(case["url"].split("/", 3)[-1][-40:], (got, wanted["Authorization"]))
    print(subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout.split(" (")[0])
    print(f"{same} of {len(cases)} signed alike; of {plain[0]} without a query on SageMaker's own path, {plain[1]}")
    for path, (got, wanted) in list(odd.items())[:4]:
        print(f"  {path}\n    curl     {got}\n    botocore {wanted}")


if __name__ == "__main__":
    draw = random.Random(5)
    cases = [one(draw, number) for number in range(COUNT)]
    if "--curl" in sys.argv:
        try_curl(cases)
    else:
        for case in cases:
            case["signed"] = sign(case)
        path = pathlib.Path(__file__).with_name("sigv4.json")
        path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
        print(f"{len(cases)} requests signed by botocore {botocore.__version__}")
