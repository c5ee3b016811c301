import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { word, type Schedule } from './schedule.ts';

/**
 * The minimum work of a Node server that streams a schedule: plain `node:http`, one timer for all streams, the
 * same bytes per event as ours. No plan, no agent, no gRPC, no validation.
 */
const tickMs = 2;

const spareTicks = 1000;

interface Stream {
  response: ServerResponse;
  startMs: number;
  sent: number;
}

/** @param port 0 for a free one */
export async function startFloor({ firstMs, intervalMs, words }: Schedule, port: number) {
  // A timer wheel: each stream is in the slot of its next word. Spare slots allow for a late timer.
  const slots = Math.ceil(Math.max(firstMs, intervalMs) / tickMs) + spareTicks;
  const wheel = Array.from({ length: slots }, (): Stream[] => []);
  const tickOf = (atMs: number) => Math.ceil(atMs / tickMs);
  let tick = tickOf(performance.now());

  const put = (stream: Stream) => {
    const dueTick = tickOf(stream.startMs + firstMs + stream.sent * intervalMs);
    // An overdue word is sent at the next tick.
    wheel[Math.max(dueTick, tick + 1) % slots]?.push(stream);
  };

  const send = (stream: Stream) => {
    if (stream.response.destroyed) return;
    stream.sent += 1;
    const isFinal = stream.sent === words;
    stream.response.write(`event: message\ndata: {"delta":"${word}","isFinal":${isFinal}}\n\n`);
    if (isFinal) stream.response.end();
    else put(stream);
  };

  const timer = setInterval(() => {
    const now = Math.floor(performance.now() / tickMs);
    while (tick < now) {
      tick += 1;
      const due = wheel[tick % slots]?.splice(0) ?? [];
      for (const stream of due) send(stream);
    }
  }, tickMs);

  const server = createServer((request, response) => {
    const startMs = performance.now();
    request.resume().once('end', () => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache' });
      response.flushHeaders();
      put({ response, startMs, sent: 0 });
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const address = server.address() as AddressInfo;
  return {
    port: address.port,
    close() {
      clearInterval(timer);
      server.closeAllConnections();
      server.close();
    },
  };
}
