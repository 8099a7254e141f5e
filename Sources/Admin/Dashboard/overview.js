// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// What is happening now, and what waits.

import { post } from "./api.js";
import { area, stacked } from "./charts.js";
import { bytes, duration, moment, percent, plain, quantile, text } from "./format.js";
import { chip, confirm, el, figure, marked, notice, one, redraw, table, tell } from "./page.js";

const routes = ["act", "escalate", "defer", "drop"];
const most = 300; // readings kept, two seconds apart: ten minutes
const seen = []; // { time, messages, routes, latency, waiting, bytes, left }

const sum = (values) => values.reduce((total, value) => total + value, 0);
const left = (counters) => (counters.sluice_sync_rows_concluded_total ?? 0)
  + (counters.sluice_sync_rows_delivered_total ?? 0);

export function take(status) {
  const counters = status.counters;
  const uptime = status.uptime_seconds;
  // The gateway was started anew: its counters begin again.
  if (seen.length && uptime < seen[seen.length - 1].time) seen.length = 0;
  if (seen.length && uptime === seen[seen.length - 1].time) return;
  seen.push({
    time: uptime,
    messages: sum(status.lanes.map((lane) => sum(lane.messages))),
    routes: Object.fromEntries(routes.map((name) => [name, counters[`sluice_decide_decisions_total{route="${name}"}`] ?? 0])),
    latency: status.decision_latency?.counts,
    waiting: status.spool.waiting,
    bytes: status.spool.bytes,
    left: left(counters),
  });
  if (seen.length > most) seen.shift();
}

// The reading so many seconds back, or the oldest.
function back(seconds) {
  const last = seen[seen.length - 1];
  return seen.find((entry) => last.time - entry.time <= seconds) ?? seen[0];
}

function rate(member, seconds) {
  const [last, then] = [seen[seen.length - 1], back(seconds)];
  const time = last.time - then.time;
  return time > 0 ? (last[member] - then[member]) / time : undefined;
}

const grades = {
  healthy: "good", slow_uplink: "warn", offline: "warn", storage_low: "warn",
  paused: "bad", storage_full: "bad", read_only: "bad",
};
const words = {
  healthy: "healthy", slow_uplink: "uplink is slow", offline: "offline", storage_low: "storage is low",
  paused: "inputs are paused", storage_full: "storage is full", read_only: "storage is read-only",
};

export function showState(status) {
  const state = status.state;
  const name = state?.state ?? "unknown";
  one("site").textContent = status.site;
  document.title = `${status.site} · ${words[name] ?? name}`;
  const box = one("state");
  box.textContent = words[name] ?? name;
  box.className = `chip ${grades[name] ?? ""}`;
  one("since").textContent = state ? `for ${text(duration(state.seconds))}` : "";
  one("footer").textContent = `Up for ${text(duration(status.uptime_seconds))}`
    + `${status.after_unclean_exit ? ", after an unclean end" : ""}. Policies ${status.policy_set.slice(0, 12)}.`;
}

// What is wrong, what it costs and what to do.
export function warnings(status) {
  const boxes = [];
  const state = status.state;
  if (state && state.state !== "healthy") {
    boxes.push(notice(state.causes.join("; "), grades[state.state],
      state.costs.map((cost) => el("p", {}, marked(cost))),
      state.remedy ? el("p", {}, el("strong", {}, "What to do: "), marked(state.remedy)) : null));
  }
  if (status.refused_reload) {
    boxes.push(notice(`Since ${moment(status.refused_reload.since)} the policies on disk are not the ones in force:`, "bad",
      status.refused_reload.reasons.map((reason) => el("p", {}, el("code", {}, reason))),
      el("p", {}, el("strong", {}, "What to do: "), "mend them, then read the policies again.")));
  }
  for (const warning of status.warnings) boxes.push(notice(warning, "warn"));
  return boxes;
}

function latency(share) {
  const [last, then] = [seen[seen.length - 1], back(60)];
  if (!last?.latency || !then?.latency || last === then) return undefined;
  return last.latency.map((count, place) => count - then.latency[place]);
}

const uplinks = { online: "good", slow: "warn", probing: "warn", offline: "bad" };
const uplinkNotes = {
  online: "The cloud answers.",
  slow: "Answers take long: only what can wait so long is asked.",
  probing: "It is being tried whether the cloud is back.",
  offline: "Nothing is asked; what must leave waits on disk.",
};

export function show(status) {
  const ends = status.decision_latency?.up_to_ms;
  const counts = latency();
  const at = (share) => (ends && counts ? quantile(ends, counts, share) : undefined);
  const decisions = back(10);
  const last = seen[seen.length - 1];
  const time = last.time - decisions.time;
  const made = time > 0 ? sum(routes.map((name) => last.routes[name] - decisions.routes[name])) / time : undefined;
  const budget = sum(counts ?? []);
  const cloud = Object.keys(status.cloud).length;
  redraw(one("figures"),
    figure("Messages", [plain(rate("messages", 10)), "/s"], "over 10 s"),
    figure("Decisions", [plain(made), "/s"], "over 10 s"),
    figure("Latency, median", duration(at(0.5)), budget ? "last minute, arrival to decision" : "no decisions in the last minute"),
    figure("Latency, p99", duration(at(0.99)), budget ? "last minute, arrival to decision" : ""),
    cloud
      ? figure("Uplink", [status.uplink, ""], uplinkNotes[status.uplink] ?? "", uplinks[status.uplink] === "good" ? "" : uplinks[status.uplink])
      : figure("Uplink", ["none", ""], "No endpoint is configured: all is decided here."),
    figure("Actions", [status.publishing ? "published" : "held", ""],
      status.publishing ? "The broker takes them." : "The broker is away; they wait on disk.", status.publishing ? "" : "bad"));
  redraw(one("routes"), stacked(seen.slice(1).map((entry, place) => ({
    time: entry.time,
    values: Object.fromEntries(routes.map((name) =>
      [name, Math.max(0, entry.routes[name] - seen[place].routes[name]) / (entry.time - seen[place].time)])),
  })), routes));
  showLanes(status);
  showBacklog(status);
}

function showLanes(status) {
  const button = one("pause");
  button.disabled = false;
  button.dataset.paused = status.pause ? "yes" : "no";
  button.textContent = status.pause ? "Resume inputs" : "Pause inputs";
  redraw(one("lanes"), table(
    [["Input"], ["State"], ["Messages", "number"], ["Duplicates", "number"], ["Refused", "number"], ["Promise"]],
    status.lanes.map((lane) => [
      lane.name,
      lane.paused ? el("div", {}, chip("paused", "bad"), ` ${lane.paused}`)
        : lane.connected ? chip("connected", "good")
          : el("div", {}, chip("not connected", "bad"), ` ${lane.last_error ?? ""}`),
      plain(sum(lane.messages)), plain(lane.duplicates), plain(lane.refused), lane.promise,
    ]),
    "No input is configured."));
}

function headRoom(status) {
  const spool = status.spool;
  if (spool.head_room_hours !== undefined) return spool.head_room_hours * 3600;
  const growth = rate("bytes", 120);
  const limit = spool.fill > 0 ? spool.bytes / spool.fill : undefined;
  return growth > 0 && limit ? (limit - spool.bytes) / growth : undefined;
}

function showBacklog(status) {
  const spool = status.spool;
  const room = headRoom(status);
  const hours = room === undefined ? undefined : room / 3600;
  const away = rate("left", 30);
  const need = spool.waiting && away > 0 ? `empty in about ${text(duration(spool.waiting / away))}` : "";
  redraw(one("spool"),
    figure("Waiting", [plain(spool.waiting), "rows"], spool.parked ? `${plain(spool.parked)} more are parked: bring the policy or endpoint back that they need` : "", ""),
    figure("Size", bytes(spool.bytes), `${text(percent(spool.fill))} of the cap`, spool.fill > 0.95 ? "bad" : spool.fill > 0.8 ? "warn" : ""),
    figure("Oldest", duration(spool.oldest_seconds), spool.waiting ? "since it was stored" : "nothing waits"),
    figure("Head-room", hours === undefined ? ["steady", ""] : [plain(hours), "h"],
      hours === undefined ? "the backlog does not grow towards the cap" : "until the cap at the present growth", hours < 1 ? "bad" : hours < 8 ? "warn" : ""),
    figure("Drain", [plain(away), "rows/s"], need || "over 30 s"),
    spool.trouble ? notice(spool.trouble, "bad") : null);
  redraw(one("depth"), area(seen.map((entry) => ({ time: entry.time, value: entry.waiting })), 110, "Rows waiting", " rows"));
  one("drain").disabled = !spool.waiting;
}

// Pauses the inputs or has them go on, whichever they are not.
async function turnInputs() {
  const isPaused = one("pause").dataset.paused === "yes";
  const question = isPaused ? "Have the inputs take messages again?"
    : "Stop taking messages? The broker keeps what is published at QoS 1, as far as its limits go, until you resume; a restart does not end the pause.";
  if (!(await confirm(question))) return;
  try {
    if (isPaused) await post("/v1/resume");
    else await post("/v1/pause", { why: "from the dashboard" });
    tell(isPaused ? "The inputs go on." : "The inputs are paused.");
  } catch (error) {
    tell(`Refused: ${error.message}`, "bad");
  }
}

export function start() {
  one("pause").addEventListener("click", turnInputs);
  one("drain").addEventListener("click", async () => {
    try {
      const stats = await post("/v1/spool/drain");
      tell(`The backlog of ${plain(stats.waiting)} rows is being looked at now.`);
    } catch (error) {
      tell(`The drain was refused: ${error.message}`, "bad");
    }
  });
}

