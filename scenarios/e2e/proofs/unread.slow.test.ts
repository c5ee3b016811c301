import type { Socket } from 'node:net';

import { expect, test } from 'vitest';

import { generatePath } from '../../../proto/interface.ts';
import { dial } from '../../../gateway/testing/dial.ts';
import { connectHttp2, startHttps } from '../../../gateway/testing/http2-client.ts';
import type { AgentScript } from '../../../gateway/testing/scripted-agent.ts';
import { startBefore } from '../../../gateway/testing/start-before.ts';
import { heapInUseBytes } from '../../processes/heap-in-use.ts';
import { trendOf, type Point } from '../../../reports/statistics/trend.ts';
import { isFull, printFigure, scaled } from './scale.ts';

const readers = 50;

const delta = 'x'.repeat(50_000);

const target = `${generatePath}?prompt=a`;

/** 50 MB for each reader. */
const chunksWanted = 1000;

/** What waits for one: 100 chunks in its buffer, and the windows and buffers of two connections. */
const waitingLimitBytes = 100 * delta.length + 3 * 2 ** 20;

const seconds = scaled(4, 20);

/** Reads a stream to its end, over HTTP/2 with an authority. */
async function readAll(url: string, ca: string, take: (bytes: Buffer) => void): Promise<void> {
  const { origin, pathname, search } = new URL(url);
  if (ca === '') {
    for await (const bytes of (await fetch(url)).body ?? []) take(Buffer.from(bytes));
    return;
  }
  const stream = connectHttp2(origin, ca).request({ ':path': pathname + search });
  for await (const bytes of stream) take(bytes);
}

/** Clients that ask for a stream and read nothing of it. Returns a function that lets them go. */
type StopReading = (url: string, ca: string) => Promise<() => void>;

const stopReading: Readonly<Record<'HTTP/1.1' | 'HTTP/2', StopReading>> = {
  async 'HTTP/1.1'(url) {
    const sockets: Socket[] = await Promise.all(Array.from({ length: readers }, () => dial(url)));
    for (const socket of sockets) {
      socket.pause();
      socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\n\r\n`);
    }
    return () => {
      for (const socket of sockets) socket.destroy();
    };
  },
  /** Ten streams a connection. */
  'HTTP/2'(url, ca) {
    const sessions = Array.from({ length: readers / 10 }, () => connectHttp2(url, ca));
    for (const session of sessions) {
      for (let count = 0; count < 10; count += 1) {
        session
          .request({ ':path': target })
          .on('error', () => {})
          .pause();
      }
    }
    return Promise.resolve(() => {
      for (const session of sessions) session.destroy();
    });
  },
};

test.each(['HTTP/1.1', 'HTTP/2'] as const)(
  '50 clients of %s that stop reading cost a bounded heap, and the pace of nobody beside them',
  { timeout: 90_000 },
  async (protocol) => {
    const sent: number[] = [];
    const script: AgentScript = (call) => {
      if (call.request.prompt === 'healthy') {
        let ticks = 0;
        const ticking = setInterval(() => {
          ticks += 1;
          call.write({ delta: `${ticks} `, isFinal: ticks === seconds * 5 });
          if (ticks < seconds * 5) return;
          clearInterval(ticking);
          call.end();
        }, 200);
        call.on('cancelled', () => clearInterval(ticking));
        return;
      }
      const reader = sent.push(0) - 1;
      const more = () => {
        while ((sent[reader] ?? 0) < chunksWanted) {
          sent[reader] = (sent[reader] ?? 0) + 1;
          if (!call.write({ delta })) {
            call.once('drain', more);
            return;
          }
        }
        call.end();
      };
      more();
    };
    const { url, openStreams, ca } =
      protocol === 'HTTP/1.1'
        ? { ...(await startBefore(script)), ca: '' }
        : await startHttps(script);

    const emptyBytes = heapInUseBytes() + process.memoryUsage().external;
    const letGo = await stopReading[protocol](url, ca);
    await expect.poll(openStreams).toBe(readers);
    // Until nothing moves any more.
    let before = -1;
    await expect
      .poll(
        () => {
          const total = sent.reduce((sum, each) => sum + each, 0);
          const moved = total !== before;
          before = total;
          return moved;
        },
        { interval: 1000 },
      )
      .toBe(false);

    const heap: Point[] = [];
    const startMs = performance.now();
    const looking = setInterval(() => {
      const usedBytes = heapInUseBytes() + process.memoryUsage().external;
      heap.push([(performance.now() - startMs) / 1000, usedBytes]);
    }, 500);
    const gaps: number[] = [];
    let text = '';
    let lastMs: number | undefined;
    await readAll(`${url}${generatePath}?prompt=healthy`, ca, (bytes) => {
      const nowMs = performance.now();
      if (lastMs !== undefined) gaps.push(nowMs - lastMs);
      lastMs = nowMs;
      text += bytes.toString();
    });
    clearInterval(looking);
    const deltas = [...text.matchAll(/"delta":"(.*?)"/g)].map(([, delta]) => delta);
    expect(deltas.join('')).toBe(
      Array.from({ length: seconds * 5 }, (_, index) => `${index + 1} `).join(''),
    );
    expect(text).toContain('"isFinal":true');
    expect(openStreams()).toBe(readers);

    const { slope, low, high } = trendOf(heap);
    const [, lastBytes = 0] = heap.at(-1) ?? [];
    const waitingBytes = (lastBytes - emptyBytes) / readers;
    gaps.sort((one, two) => one - two);
    printFigure(
      `${readers} readers over ${protocol} that stopped: ${Math.max(...sent)} of ${chunksWanted} chunks sent at most, ` +
        `${(waitingBytes / 2 ** 20).toFixed(2)} MB held for each; memory ${(slope / 1024).toFixed(1)} kB a second (95 %: ${(low / 1024).toFixed(1)} to ${(high / 1024).toFixed(1)}); ` +
        `a stream beside them: gaps of 200 ms were ${gaps[Math.floor(gaps.length / 2)]?.toFixed(0)} in the median, ${gaps.at(-1)?.toFixed(0)} at most`,
    );
    expect(Math.max(...sent)).toBeLessThan(chunksWanted);
    expect(waitingBytes).toBeLessThan(waitingLimitBytes);
    // Over a few seconds garbage that is not collected yet is a slope; `make torture` looks for 20.
    expect(isFull ? low : 0).toBeLessThan(10_000 * readers);
    letGo();
    await expect.poll(openStreams).toBe(0);
  },
);
