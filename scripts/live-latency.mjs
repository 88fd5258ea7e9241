#!/usr/bin/env node
// How long it takes from the receipt of data at the server to its event in a client of /events.
//
//     scripts/live-latency http://127.0.0.1:3000 [--seconds 60]
//
// Server and client are on one machine: they share a clock. Every event that tells when its data was received counts:
// prices, books, trades. It has to be a server whose clock is the machine's own (speed 1).

const [base, ...options] = process.argv.slice(2);
if (!base) {
  console.error("usage: scripts/live-latency http://127.0.0.1:3000 [--seconds 60]");
  process.exit(2);
}
const at = options.indexOf("--seconds");
const seconds = at < 0 ? 60 : Number(options[at + 1]);
// the newest state of everything comes first: it is old already
const WARM_MS = 2000;

const waits = new Map();
const began = Date.now();
const stop = new AbortController();
setTimeout(() => stop.abort(), WARM_MS + seconds * 1000);

function note(topic, receivedAt, now) {
  if (!Number.isFinite(receivedAt) || now - began < WARM_MS) return;
  if (!waits.has(topic)) waits.set(topic, []);
  waits.get(topic).push(now - receivedAt);
}

function receipt(topic, data) {
  switch (topic) {
    case "price":
      return data.price?.received_at;
    case "book":
      return data.book?.received_at;
    case "trades":
      return data.trades?.received_at;
    default:
      return undefined;
  }
}

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
}

let events = 0;
try {
  const answer = await fetch(`${base}/events`, { signal: stop.signal });
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of answer.body) {
    const now = Date.now();
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const topic = /^event: ?(.*)$/m.exec(block)?.[1];
      const data = /^data: ?(.*)$/m.exec(block)?.[1];
      if (!topic || !data) continue;
      events += 1;
      note(topic, receipt(topic, JSON.parse(data)), now);
    }
  }
} catch (error) {
  if (error.name !== "AbortError") {
    console.error(`${base}/events: ${error.message}`);
    process.exit(1);
  }
}

console.log(`${(events / seconds).toFixed(0)} events a second`);
for (const [topic, values] of waits) {
  const sorted = values.sort((a, b) => a - b);
  const [p50, p99, most] = [quantile(sorted, 0.5), quantile(sorted, 0.99), sorted.at(-1)];
  console.log(`${topic}: ${sorted.length} events, receipt to client p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`);
}
