# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Servers that speak the clouds' protocols, and check what they are asked against the vendors' own libraries."""

from __future__ import annotations

import base64
import datetime
import json
import struct
import subprocess
from pathlib import Path
from urllib.parse import parse_qs

from .web import Handler, Site

LABEL, SHARE = "fault", 0.875
LABELS = ["healthy", "worn", "fault"]
SHARES = [0.0625, 0.0625, SHARE]


def shortest(value: float) -> str:
    """A 32-bit number in the fewest digits that read back the same, with a point."""
    exact = struct.unpack("f", struct.pack("f", value))[0]
    for digits in range(1, 10):
        text = f"{exact:.{digits}g}"
        if struct.pack("f", float(text)) == struct.pack("f", exact):
            return text if "." in text or "e" in text else text + ".0"
    return repr(exact)


class Asked:
    """One request as it came in."""

    def __init__(self, path: str, headers: dict[str, str], body: bytes):
        self.path, self.body = path, body
        self.headers = {name.lower(): value for name, value in headers.items()}


class Clouds(Site):
    """One server for all protocols over HTTP: `/NAME` is the address of the endpoint NAME."""

    def __init__(self, folder: Path):
        super().__init__()
        self.handler = _Question
        self.asked: dict[str, list[Asked]] = {}
        self.tokens = 0
        self.oracles: set[str] = set()
        self.missing: set[str] = set()
        self.wrong: list[str] = []
        self.key_file = folder / "robot.pem"
        subprocess.run(["openssl", "genrsa", "-out", str(self.key_file), "2048"], check=True, capture_output=True)
        public = subprocess.run(["openssl", "rsa", "-in", str(self.key_file), "-pubout"], check=True,
                                capture_output=True)
        self.public_key = public.stdout
        self.start()

    def service_account(self) -> str:
        return json.dumps({
            "type": "service_account", "client_email": "robot@plant.example", "private_key_id": "k7",
            "private_key": self.key_file.read_text(), "token_uri": f"{self.url}/token",
        }, indent=2)

    def expect(self, holds: bool, what: str) -> bool:
        if not holds:
            with self.lock:
                self.wrong.append(what)
        return holds

    def note(self, asked: Asked) -> str:
        name = asked.path.split("/")[1].split("?")[0]
        with self.lock:
            self.asked.setdefault(name, []).append(asked)
        return name

    # What the vendors' libraries say of a request.

    def signature(self, asked: Asked, secret: str, method: str = "POST") -> None:
        """Signs the same request with botocore at the same time, and compares."""
        try:
            import botocore.auth
            from botocore.awsrequest import AWSRequest
            from botocore.credentials import Credentials
        except ImportError:
            self.missing.add("botocore")
            return
        given = asked.headers["authorization"]
        signed = given.split("SignedHeaders=")[1].split(",")[0].split(";")
        scope = given.split("Credential=")[1].split(",")[0].split("/")
        moment = datetime.datetime.strptime(asked.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        request = AWSRequest(method, f"http://{asked.headers['host']}{asked.path}", data=asked.body)
        for name in signed:
            if name not in ("host", "x-amz-date", "x-amz-security-token"):
                request.headers[name] = asked.headers[name]
        signer = botocore.auth.SigV4Auth(
            Credentials(scope[0], secret, asked.headers.get("x-amz-security-token")), scope[3], scope[2])
        with self.lock:
            kept = botocore.auth.get_current_datetime
            botocore.auth.get_current_datetime = lambda *_, **__: moment
            try:
                signer.add_auth(request)
            finally:
                botocore.auth.get_current_datetime = kept
        self.expect(request.headers["Authorization"] == given, f"botocore signs otherwise: {given}")
        self.oracles.add("botocore")

    def assertion(self, body: bytes) -> None:
        """Checks a grant's signature and claims, with openssl and with google-auth."""
        form = parse_qs(body.decode())
        self.expect(form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"], f"{form}")
        token = form["assertion"][0]
        head, claims, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
                                   for part in token.split("."))
        self.expect(json.loads(head) == {"alg": "RS256", "typ": "JWT", "kid": "k7"}, f"{head}")
        said = json.loads(claims)
        self.expect(said["iss"] == "robot@plant.example" and said["aud"] == f"{self.url}/token", f"{said}")
        self.expect(said["exp"] - said["iat"] == 3600, f"{said}")
        folder = self.key_file.parent
        (folder / "signature").write_bytes(signature)
        (folder / "public.pem").write_bytes(self.public_key)
        done = subprocess.run(
            ["openssl", "dgst", "-sha256", "-verify", str(folder / "public.pem"), "-signature",
             str(folder / "signature")], input=token.rpartition(".")[0].encode(), capture_output=True)
        self.expect(done.returncode == 0, f"openssl does not verify the assertion: {done.stderr}")
        self.oracles.add("openssl")
        try:
            from google.auth import jwt
        except ImportError:
            self.missing.add("google-auth")
            return
        try:
            jwt.decode(token, certs={"k7": self.public_key}, audience=f"{self.url}/token")
            self.oracles.add("google-auth")
        except Exception as error:
            self.expect(False, f"google-auth does not take the assertion: {error}")

    def completion(self, body: dict) -> None:
        """Checks a chat request against the types of the openai package."""
        try:
            from openai.types.chat import completion_create_params as params
            from pydantic import TypeAdapter
        except ImportError:
            self.missing.add("openai")
            return
        try:
            kind = params.CompletionCreateParamsNonStreaming
            unknown = set(body) - set(kind.__annotations__) - set(params.CompletionCreateParamsBase.__annotations__)
            self.expect(not unknown, f"openai does not know {unknown}")
            TypeAdapter(kind).validate_python({"model": "by-deployment", **body})
            self.oracles.add("openai")
        except Exception as error:
            self.expect(False, f"openai's types do not take the request: {error}")


def reply(name: str, asked: Asked) -> tuple[dict[str, str], bytes]:
    """What a healthy server says: one answer a question."""
    if name == "oip":
        return {}, json.dumps({"model_name": "wear", "outputs": [
            {"name": "p", "datatype": "FP32", "shape": [1, 3], "data": SHARES}]}).encode()
    if name == "binary":
        data = struct.pack("<3f", *SHARES)
        head = json.dumps({"model_name": "wear", "outputs": [
            {"name": "p", "datatype": "FP32", "shape": [1, 3], "parameters": {"binary_data_size": len(data)}}]})
        return {"Inference-Header-Content-Length": str(len(head))}, head.encode() + data
    if name in ("chat", "azure-chat"):
        content = json.dumps({"label": LABEL})
        tokens = [('{"label": "', -0.5), ("fa", -0.13353139262452263), ("ult", 0.0), ('"}', -0.25)]
        return {}, json.dumps({
            "id": "c1", "object": "chat.completion", "created": 1, "model": "gpt", "choices": [{
                "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content},
                "logprobs": {"content": [{"token": token, "logprob": logprob, "bytes": list(token.encode()),
                                          "top_logprobs": []} for token, logprob in tokens]}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 4, "total_tokens": 5}}).encode()
    if name == "aws-csv":
        return {"Content-Type": "text/csv", "x-Amzn-Invoked-Production-Variant": "blue"}, \
            (",".join(map(str, SHARES)) + "\n").encode()
    if name == "azure-ml":
        return {"azureml-model-deployment": "green"}, json.dumps([LABEL]).encode()
    if name == "own":
        return {}, json.dumps({"result": [{"class": LABEL, "p/q": SHARE}]}).encode()
    return {}, json.dumps({"predictions": [{"classes": LABELS, "scores": SHARES}]}).encode()


class _Question(Handler):
    site: Clouds

    def do_GET(self) -> None:
        self.reply(200, b"{}")

    def do_POST(self) -> None:
        body = self.body()
        if self.path == "/token":
            self.site.assertion(body)
            self.site.tokens += 1
            token = {"access_token": f"ya29.{self.site.tokens}", "expires_in": 3599, "token_type": "Bearer"}
            return self.reply(200, json.dumps(token).encode())
        asked = Asked(self.path, dict(self.headers.items()), body)
        name = self.site.note(asked)
        headers, answer = reply(name, asked)
        self.reply(200, answer, headers)
