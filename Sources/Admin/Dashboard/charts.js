// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Charts as SVG elements, drawn from plain arrays.

import { el, one, route, svg } from "./page.js";
import { plain } from "./format.js";

const edge = 64;
// Drawn as wide as it is shown, so that letters keep their size.
const room = () => Math.max(260, Math.min(1180, one("now").clientWidth - 36));

function niceTop(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  // Such that half of it is a round number, too.
  return [1, 2, 4, 6, 8, 10].map((step) => step * power).find((step) => step >= value);
}

function frame(width, height, top, span, label, unit = "") {
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${width} ${height + 22}`, role: "img", "aria-label": label });
  for (const share of [0, 0.5, 1]) {
    const y = height - share * (height - 10);
    chart.append(
      svg("line", { class: "grid", x1: edge, x2: width, y1: y, y2: y }),
      svg("text", { x: edge - 6, y: y + 4, "text-anchor": "end" }, document.createTextNode(plain(top * share) + unit)));
  }
  const start = span >= 120 ? `${Math.round(span / 60)} min ago` : `${Math.round(span)} s ago`;
  chart.append(
    svg("text", { x: edge, y: height + 17 }, document.createTextNode(start)),
    svg("text", { x: width, y: height + 17, "text-anchor": "end" }, document.createTextNode("now")));
  return chart;
}

const path = (points) => points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" L");

// history: [{ time (s), values: { name: rate } }], oldest first.
export function stacked(history, names, height = 190) {
  if (history.length < 2) return el("p", { class: "muted" }, "Gathering the first readings…");
  const width = room();
  const times = history.map((entry) => entry.time);
  const [first, last] = [times[0], times[times.length - 1]];
  const sums = history.map((entry) => names.reduce((sum, name) => sum + (entry.values[name] ?? 0), 0));
  const top = niceTop(Math.max(...sums));
  const x = (time) => edge + ((time - first) / (last - first || 1)) * (width - edge);
  const y = (value) => height - (value / top) * (height - 10);
  const latest = history[history.length - 1].values;
  const label = names.map((name) => `${name} ${plain(latest[name] ?? 0)} a second`).join(", ");
  const chart = frame(width, height, top, last - first, `Decisions a second by route: ${label}`, "/s");
  let below = history.map(() => 0);
  for (const name of names) {
    const above = history.map((entry, place) => below[place] + (entry.values[name] ?? 0));
    const upper = above.map((value, place) => [x(times[place]), y(value)]);
    const lower = below.map((value, place) => [x(times[place]), y(value)]).reverse();
    chart.append(svg("path", { class: name, d: `M${path(upper)} L${path(lower)} Z` }));
    below = above;
  }
  const total = sums[sums.length - 1];
  return el("div", {}, chart, el("div", { class: "legend" }, names.map((name) => el("span", {},
    route(name), ` ${plain(latest[name] ?? 0)}/s, ${total ? plain(((latest[name] ?? 0) / total) * 100) : 0} %`))));
}

export function area(history, height = 110, label = "", unit = "") {
  if (history.length < 2) return el("p", { class: "muted" }, "Gathering the first readings…");
  const width = room();
  const times = history.map((entry) => entry.time);
  const [first, last] = [times[0], times[times.length - 1]];
  const top = niceTop(Math.max(2, ...history.map((entry) => entry.value)));
  const points = history.map((entry) => [
    edge + ((entry.time - first) / (last - first || 1)) * (width - edge),
    height - (entry.value / top) * (height - 10)]);
  const chart = frame(width, height, top, last - first, `${label}: ${plain(history[history.length - 1].value)}`, unit);
  chart.append(svg("path", { class: "area", d: `M${edge},${height} L${path(points)} L${width},${height} Z` }));
  return chart;
}

// Pairs of a score and a confidence.
export function curve(points) {
  const size = 150;
  const wide = size + 30;
  const most = points[points.length - 1][0] || 1;
  const at = ([score, confidence]) => [24 + (score / most) * (size - 28), size - 18 - confidence * (size - 44)];
  const chart = svg("svg", { viewBox: `0 0 ${wide} ${size}`, width: wide, height: size, role: "img", "aria-label": "Calibration curve: the confidence made of a score" });
  const [start, end] = [at([0, 0]), at([most, 1])];
  chart.append(
    svg("line", { class: "ideal", x1: start[0], y1: start[1], x2: end[0], y2: end[1] }),
    svg("path", { class: "curve", d: `M${path(points.map(at))}` }),
    svg("text", { x: 4, y: 12 }, document.createTextNode("confidence")),
    svg("text", { x: 20, y: 30, "text-anchor": "end" }, document.createTextNode("1")),
    svg("text", { x: 20, y: size - 18, "text-anchor": "end" }, document.createTextNode("0")),
    svg("text", { x: 24, y: size - 4 }, document.createTextNode("0")),
    svg("text", { x: size - 4, y: size - 4, "text-anchor": "end" }, document.createTextNode(`score ${plain(most)}`)));
  return chart;
}

// An estimate within its interval, against the bound that was promised.
export function interval(estimate, lower, upper, bound) {
  const size = Math.min(520, room() - 24);
  const top = Math.min(1, niceTop(Math.max(upper, bound ?? 0, 0.01) * 1.05));
  const x = (value) => 6 + (value / top) * (size - 12);
  const chart = svg("svg", { class: "chart", viewBox: `0 0 ${size} 54`, role: "img", "aria-label": "Share of answers that differ, with its interval and the bound" });
  chart.append(
    svg("line", { class: "grid", x1: 6, x2: size - 6, y1: 28, y2: 28 }),
    svg("rect", { class: "band", x: x(lower), y: 22, width: Math.max(1, x(upper) - x(lower)), height: 12, rx: 4 }),
    svg("circle", { class: "mark", cx: x(estimate), cy: 28, r: 5 }),
    svg("text", { x: 6, y: 50 }, document.createTextNode("0 %")),
    svg("text", { x: size - 6, y: 50, "text-anchor": "end" }, document.createTextNode(`${plain(top * 100)} %`)));
  if (bound !== undefined) {
    chart.append(
      svg("line", { class: "limit", x1: x(bound), x2: x(bound), y1: 16, y2: 40 }),
      svg("text", { x: x(bound), y: 11, "text-anchor": bound / top < 0.2 ? "start" : bound / top > 0.8 ? "end" : "middle" },
        document.createTextNode(`bound ${plain(bound * 100)} %`)));
  }
  return chart;
}
