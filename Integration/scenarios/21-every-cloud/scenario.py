# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""One gateway and eleven endpoints, each speaking another protocol: what arrives is right byte for byte, with the
credentials and the question's key, and what each answers is in the event. No secret gets into a log."""

import json
import os
import struct

from rig.broker import Broker
from rig.clouds import LABEL, LABELS, SHARE, Clouds, reply, shortest
from rig.policies import ALWAYS_ASK, hybrid
from rig.process import expect, wait_until
from rig.responder import Responder
from rig.stage import Stage

SECRETS = {"BEARER": "bearer-5c1e", "API_KEY": "key-77aa", "AWS_ID": "AKIDEXAMPLE9",
           "AWS_SECRET": "wJalrXUtnFEMIK7MDENG", "AWS_SESSION": "session-x0x0"}
COUNT = 6


def endpoints(url: str, broker: str, robot: str) -> dict:
    """The `cloud` section: an endpoint a protocol, each asked by the policy of its name."""
    bearer, key = {"bearer_env": "BEARER"}, {"api_key_env": "API_KEY"}
    signed = {"access_key_env": "AWS_ID", "secret_key_env": "AWS_SECRET", "session_token_env": "AWS_SESSION"}
    scores = {"classes": "/classes", "probabilities": "/scores"}
    chat = {"model": "gpt", "instructions": "You judge bearings.", "prompt": "Temperature and current: {{X}}."}
    kinds = {
        "oip": ({"protocol": "open-inference", "auth": bearer}, {"model": "wear", "version": "2"}),
        "binary": ({"protocol": "open-inference", "tensors": "binary", "auth": bearer}, {"model": "wear"}),
        "kserve": ({"protocol": "kserve-v1", "auth": {**key, "api_key_header": "X-Api-Key"}},
                   {"model": "wear", "answer": scores}),
        "chat": ({"protocol": "openai", "auth": bearer}, {**chat, "parameters": {"seed": 7}}),
        "azure-chat": ({"protocol": "azure-openai", "api_version": "2024-10-21", "auth": key}, chat),
        "aws": ({"protocol": "sagemaker", "region": "eu-central-1", "auth": signed},
                {"model": "wear-prod", "version": "blue", "answer": scores}),
        "aws-csv": ({"protocol": "sagemaker", "region": "eu-central-1", "auth": signed},
                    {"model": "wear-prod", "body": "csv"}),
        "google": ({"protocol": "vertex-ai", "project": "p4", "location": "europe-west4",
                    "auth": {"service_account_file": robot}},
                   {"model": "123", "answer": scores, "instance": "named", "parameters": {"k": [1, "x"]}}),
        "azure-ml": ({"protocol": "azure-ml", "auth": bearer}, {"model": "wear", "version": "green"}),
        "own": ({"protocol": "template", "auth": key, "headers": {"X-Site": "s 4"}},
                {"model": "wear", "template": '{"id": "{{key}}", "v": {{X}}, "t": {{X.0}}}',
                 "answer": {"label": "/result/0/class", "confidence": "/result/0/p~1q"}}),
        "mqtt": ({"protocol": "mqtt", "url": broker}, {"model": "wear", "topic": "models/wear", "answer": scores}),
    }
    return {
        name: {
            "url": f"{url}/{name}", "timeout": "5s", **server,
            "models": {f"ask-{name}": {"inputs": {"X": ["temp", "current"]}, "labels": LABELS, **model}},
        } for name, (server, model) in kinds.items()
    }


def body(name: str, key: str, temp: str, current: str) -> bytes:
    """The body of a question about one reading, as it must arrive."""
    values = f"[{temp},{current}]"
    if name == "oip":
        return (f'{{"id":"{key}","inputs":[{{"name":"X","shape":[1,2],"datatype":"FP32","data":{values}}}]}}').encode()
    if name == "azure-ml":
        return f'{{"input_data":{{"columns":["X_0","X_1"],"index":[0],"data":[{values}]}}}}'.encode()
    if name == "aws-csv":
        return f"{temp},{current}\n".encode()
    if name == "google":
        return f'{{"instances":[{{"X":{values}}}],"parameters":{{"k":[1,"x"]}}}}'.encode()
    if name == "own":
        return f'{{"id": "{key}", "v": {values}, "t": {temp}}}'.encode()
    return f'{{"instances":[{values}]}}'.encode()


def credentials(name: str) -> dict[str, str]:
    if name == "kserve":
        return {"x-api-key": SECRETS["API_KEY"]}
    if name in ("azure-chat", "own"):
        return {"api-key": SECRETS["API_KEY"]}
    if name.startswith("aws"):
        return {"x-amz-security-token": SECRETS["AWS_SESSION"]}
    if name == "google":
        return {"authorization": "Bearer ya29.1"}
    return {"authorization": f"Bearer {SECRETS['BEARER']}"} if name != "mqtt" else {}


def check(clouds: Clouds, name: str, headers: dict, sent: bytes, readings: list[dict]) -> str:
    """Compares one request with what it must be; its question's key."""
    key = headers.get("idempotency-key", "")
    expect(len(key) > 30, f"{name}: the question's key is sent: {headers}")
    for field, value in credentials(name).items():
        expect(headers.get(field) == value, f"{name}: {field}: {headers.get(field)}")
    numbers = [(shortest(reading["temp"]), shortest(reading["current"])) for reading in readings]
    if name in ("chat", "azure-chat"):
        request = json.loads(sent)
        text = request["messages"][1]["content"]
        wanted = [f"Temperature and current: [{temp},{current}]." for temp, current in numbers]
        expect(text in wanted, f"{name}: {text}")
        schema = request["response_format"]["json_schema"]["schema"]
        expect(schema["properties"]["label"]["enum"] == LABELS, f"{name}: {schema}")
        expect(request["logprobs"] is True and request["temperature"] == 0, f"{name}: {request}")
        expect(("model" in request) == (name == "chat"), f"{name}: {request}")
        clouds.completion(request)
    elif name == "binary":
        length = int(headers["inference-header-content-length"])
        head = json.loads(sent[:length])
        expect(head["inputs"][0]["parameters"] == {"binary_data_size": 8}, f"{head}")
        wanted = {struct.pack("<2f", reading["temp"], reading["current"]) for reading in readings}
        expect(sent[length:] in wanted, f"{name}: {sent[length:].hex()}")
    else:
        wanted = {body(name, key, temp, current) for temp, current in numbers}
        expect(sent in wanted, f"{name}: {sent!r} is not among {list(wanted)[:2]}")
    return key


def scenario(stage: Stage) -> None:
    os.environ.update(SECRETS)
    broker = stage.broker()
    second = Broker(stage.folder / "second").start()
    stage._ends.append(second.kill)
    clouds = Clouds(stage.folder)
    stage._ends.append(clouds.stop)
    robot = stage.folder / "robot.json"
    robot.write_text(clouds.service_account())
    robot.chmod(0o600)
    responder = Responder(second.port, lambda _: reply("mqtt", None)[1])
    stage._ends.append(responder.stop)
    section = endpoints(clouds.url, second.url, str(robot))
    for endpoint in section.values():
        endpoint["max_batch"] = 1  # so that every request is about one reading
    base = hybrid(ALWAYS_ASK, deadline="10s")
    policies = {
        f"ask-{name}": base.replace("policy: bearing-wear", f"policy: ask-{name}")
        .replace("[central]", f"[{name}]").replace("alerts/{line}", f"alerts/{name}/{{line}}")
        for name in section
    }
    watcher = stage.watcher(broker, "alerts/#")
    gateway = stage.gateway(broker, policies=policies)
    gateway.configure(cloud=section)
    gateway.start()
    publisher = stage.publisher(broker)
    wait_until(lambda: all(is_up(gateway, name) for name in section),
               lambda: f"not up: {[name for name in section if not is_up(gateway, name)]}", within=30)

    readings = []
    for _ in range(COUNT):
        topic, reading, _ = stage.reading()
        readings.append(reading)
        publisher.publish(topic, reading)
    publisher.flush()
    wait_until(lambda: len(watcher.events) >= COUNT * len(section),
               lambda: f"{len(watcher.events)} of {COUNT * len(section)} events", within=60)

    for name in section:
        asked = [(a.headers, a.body) for a in clouds.asked.get(name, [])] if name != "mqtt" else responder.asked
        expect(len(asked) == COUNT, f"{name}: {len(asked)} requests for {COUNT} readings")
        keys = {check(clouds, name, headers, sent, readings) for headers, sent in asked}
        expect(len(keys) == COUNT, f"{name}: a key a question: {keys}")
        events = watcher.on(f"alerts/{name}/")
        expect(len(events) == COUNT, f"{name}: {len(events)} events")
        for event in events:
            answer = event.data.get("answer") or {}
            expect(event.data["label"] == LABEL and answer.get("label", LABEL) == LABEL, f"{name}: {event.data}")
            if name != "azure-ml":
                expect(abs(event.data["confidence"] - SHARE) < 1e-6, f"{name}: {event.data}")
            expect(f"{name}/ask-{name}" in json.dumps(event.data), f"{name}: which endpoint answered: {event.data}")
    for name in ("aws", "aws-csv"):
        for asked in clouds.asked[name]:
            clouds.signature(asked, SECRETS["AWS_SECRET"])
    expect(clouds.asked["aws"][0].headers["x-amzn-sagemaker-target-variant"] == "blue", "the variant is asked for")
    expect(clouds.asked["azure-ml"][0].headers["azureml-model-deployment"] == "green", "the deployment, too")
    expect(clouds.asked["own"][0].headers["x-site"] == "s 4", "a header field of the configuration's")
    expect(clouds.tokens == 1, f"{clouds.tokens} tokens were asked for")
    expect(not clouds.wrong, f"{clouds.wrong[:2]}")

    wait_until(gateway.decisions.exists, "the decision log is written", within=10)
    text = gateway.program.log.read_text() + gateway.decisions.read_text() + json.dumps(gateway.status())
    for secret in list(SECRETS.values()) + ["ya29.", "BEGIN PRIVATE KEY"]:
        expect(secret not in text, f"a secret in a log: {secret}")
    left_out = f"; without {', '.join(sorted(clouds.missing))}" if clouds.missing else ""
    stage.note(f"{len(section)} protocols, {COUNT * len(section)} questions answered; checked by "
               f"{', '.join(sorted(clouds.oracles))}{left_out}")


def is_up(gateway, name: str) -> bool:
    return ((gateway.status() or {}).get("cloud") or {}).get(name, {}).get("uplink") == "online"
