// SPDX-FileCopyrightText: The Sluice authors
// SPDX-License-Identifier: Apache-2.0

// Numbers with their units: [number, unit] for figures, one text for sentences.

const known = (value) => typeof value === "number" && Number.isFinite(value);

export function plain(value) {
  if (!known(value)) return "–";
  const size = Math.abs(value);
  if (size >= 1000) return Math.round(value).toLocaleString("en");
  if (size >= 100 || Number.isInteger(value)) return String(Math.round(value));
  return String(Number(value.toPrecision(size >= 10 ? 3 : 2)));
}

// A probability, or a threshold of one: what is close to 1 is not rounded to it.
export function chance(value) {
  if (!known(value)) return "–";
  return value > 0.99 && value < 1 ? String(Math.floor(value * 1e6) / 1e6) : plain(value);
}

export function duration(seconds) {
  if (!known(seconds)) return ["–", ""];
  if (seconds === 0) return ["0", "s"];
  if (seconds < 1e-3) return [plain(seconds * 1e6), "µs"];
  if (seconds < 1) return [plain(seconds * 1e3), "ms"];
  if (seconds < 120) return [plain(seconds), "s"];
  if (seconds < 7200) return [plain(seconds / 60), "min"];
  if (seconds < 172800) return [plain(seconds / 3600), "h"];
  return [plain(seconds / 86400), "d"];
}

export function bytes(count) {
  if (!known(count)) return ["–", ""];
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  while (Math.abs(count) >= 1024 && place < units.length - 1) { count /= 1024; place += 1; }
  return [plain(count), units[place]];
}

export const percent = (share) => (known(share) ? [plain(share * 100), "%"] : ["–", ""]);

export const text = ([value, unit]) => (unit ? `${value} ${unit}` : value);

export function clock(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time ?? "") : date.toLocaleTimeString("en-GB");
}

export function moment(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time ?? "")
    : `${date.toLocaleDateString("en-CA")} ${date.toLocaleTimeString("en-GB")}`;
}

// The quantile of what happened between two readings of buckets, in seconds; it lies within its bucket.
export function quantile(ends, counts, share) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (!total) return undefined;
  let left = share * total;
  for (let place = 0; place < counts.length; place += 1) {
    if (counts[place] >= left && counts[place] > 0) {
      const low = place ? ends[place - 1] : 0;
      const high = place < ends.length ? ends[place] : ends[ends.length - 1];
      return (low + (high - low) * (left / counts[place])) / 1000;
    }
    left -= counts[place];
  }
  return ends[ends.length - 1] / 1000;
}
