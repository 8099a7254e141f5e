# SPDX-FileCopyrightText: The Sluice authors
# SPDX-License-Identifier: Apache-2.0
"""Policies for scenarios: the shipped one's shape, cut down to what a scenario turns on."""

from __future__ import annotations

POLICY = """\
policy: bearing-wear
match: {{ topic: "plant/+line/machines/+machine/vibration" }}
reading:
  format: json
  device: "{{line}}/{{machine}}"
  time: ts
  sequence: n
  fields: {{ vib: vib.samples, temp: temp, current: current }}
model: bearing-wear
threshold: {threshold}
{head}
rules:
{rules}
otherwise: {{ {otherwise} }}
actions:
{actions}
privacy: {{ send: [vib, temp, current] }}
"""

SURE = """\
  - name: sure
    when: confidence >= threshold
    route: act
"""

ASK = """\
  - name: ask
    when: cloud.up
    route: escalate
    fallback: {fallback}
"""

ALERT = """\
  - when: "true"
    publish: {{ topic: "alerts/{{line}}/{{machine}}", qos: 1 }}
    order: {order}
"""


def local(threshold: float = 0.0, actions: str | None = None, order: str = "fast") -> str:
    """Acts on every finding here; no cloud."""
    return POLICY.format(
        threshold=threshold, head="", rules=SURE, otherwise="route: drop",
        actions=actions or ALERT.format(order=order),
    )


def hybrid(threshold: float | str | None, deadline: str = "2s", fallback: str = "act_provisionally",
           otherwise: str = "route: act, provisional: true, priority: normal",
           actions: str | None = None, time_to_live: str | None = None, more: str = "") -> str:
    """Acts where it is sure, asks the cloud where that answers, else acts provisionally.

    Without a threshold it is never sure. `more` are further lines of its head.
    """
    head = f"escalate: [central]\ndeadline: {deadline}"
    if time_to_live:
        head += f"\ntime_to_live: {time_to_live}"
    if more:
        head += f"\n{more}"
    return POLICY.format(
        threshold=1.0 if threshold is None else threshold, head=head,
        rules=("" if threshold is None else SURE) + ASK.format(fallback=fallback), otherwise=otherwise,
        actions=actions or ALERT.format(order="fast"),
    )


ALWAYS_ASK = None
"""No threshold: every message is a question."""


PIPELINE = """\
policy: bearing-wear
match: {{ topic: "plant/+line/machines/+machine/vibration" }}
reading:
  format: json
  device: "{{line}}/{{machine}}"
  time: ts
  sequence: n
  fields: {{ vib: vib.samples, temp: temp, current: current, tag: i }}
model: bearing-wear
threshold: {threshold}
escalate: [central]
deadline: {deadline}
{head}
rules:
  - {{ name: no local answer, when: model.failed, route: defer, priority: high }}
  - {{ name: hot, when: temp > 90.0, route: act }}
  - {{ name: sure, when: confidence >= threshold, route: act }}
  - {{ name: ask, when: cloud.up && cloud.p95 < deadline.left, route: escalate, fallback: act_provisionally }}
  - {{ name: grave, when: "label == 'fault'", route: act, provisional: true, priority: high }}
otherwise: {{ route: act, provisional: true, priority: normal }}
actions:
  - name: alert
    when: "true"
    publish: {{ topic: "alerts/{{line}}/{{machine}}", qos: 1 }}
    order: {order}
{actions}
privacy: {{ send: [vib, temp, current, tag] }}
"""

# Its rules whose rows have a high priority.
URGENT = {"no local answer", "grave"}

NEVER_SURE = 1.0


def pipeline(threshold: float = 0.9, deadline: str = "2s", head: str = "", order: str = "fast",
             actions: str = "") -> str:
    """The whole path: five rules, an action for every message, a question for the doubtful ones.

    `tag` is the message's count over all devices, so that a cloud can say which message it was asked
    about.
    """
    return PIPELINE.format(threshold=threshold, deadline=deadline, head=head, order=order,
                           actions=actions)
