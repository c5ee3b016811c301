import fc from 'fast-check';
import { expect, test } from 'vitest';

import { generatePath } from '../../proto/interface.ts';
import { dial } from '../testing/dial.ts';
import { sayHello, startBefore } from '../testing/start-before.ts';

/** `make fuzz` has more time. */
const inputs = Math.ceil(Number(process.env['FUZZ_INPUTS'] ?? 2000) / 4);

/** So few that client and server together stay below the usual limit of 1024 open files. */
const atOnce = 300;

const requestLimitMs = 500;

const handshake =
  `GET ${generatePath} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

/** A frame as a client sends it (RFC 6455, 5.2), with whatever is wrong with it. */
const frame = fc
  .record({
    fin: fc.boolean(),
    reserved: fc.constantFrom(0, 0, 0, 0x40, 0x10),
    opcode: fc.constantFrom(0x1, 0x1, 0x1, 0x2, 0x0, 0x8, 0x9, 0xa, 0x3, 0xf),
    masked: fc.constantFrom(true, true, true, false),
    payload: fc.oneof(
      fc.constantFrom('{"prompt":"a"}', '{"prompt":""}', '{}', 'null', '[]', '{"prompt":1}', ''),
      fc.string({ maxLength: 125 }),
    ),
    length: fc.option(fc.constantFrom(0, 126, 127), { freq: 8 }),
  })
  .map(({ fin, reserved, opcode, masked, payload, length }) => {
    const bytes = Buffer.from(payload).subarray(0, 125);
    const mask = Buffer.from([1, 2, 3, 4]);
    const body = masked ? bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0)) : bytes;
    return Buffer.concat([
      Buffer.from([
        (fin ? 0x80 : 0) | reserved | opcode,
        (masked ? 0x80 : 0) | (length ?? bytes.length),
      ]),
      masked ? mask : Buffer.alloc(0),
      body,
    ]);
  });

const conversation = fc.oneof(
  fc.array(frame, { minLength: 1, maxLength: 4 }).map((frames) => Buffer.concat(frames)),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
);

/** What the server says after the handshake, until it ends the connection or was silent for too long. */
async function converse(url: string, sent: Buffer): Promise<{ hung: boolean; received: string }> {
  const socket = await dial(url);
  return new Promise((resolve) => {
    let received = '';
    const finish = (hung: boolean) => {
      clearInterval(hanging);
      socket.destroy();
      resolve({ hung, received });
    };
    // Rounds in which the server has the time to answer: a machine that stands still loses one.
    let rounds = 0;
    const hanging = setInterval(() => {
      rounds += 1;
      if (rounds === 60) finish(true);
    }, 500);
    socket.removeAllListeners('error');
    socket.on('error', () => {});
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
    });
    socket.once('close', () => finish(false));
    socket.write(Buffer.concat([Buffer.from(handshake), sent]));
  });
}

function faultOf({ hung, received }: { hung: boolean; received: string }): string | undefined {
  if (hung) return 'not ended';
  if (received.includes('"code":"INTERNAL"')) return 'a fault of the gateway';
  return received.startsWith('HTTP/1.1 101 ') ? undefined : 'no handshake';
}

test(`${inputs} conversations of almost valid WebSocket: no crash, no hang, no internal error`, async () => {
  const { url, openStreams } = await startBefore(sayHello, { requestLimitMs });
  const sent = fc.sample(conversation, { numRuns: inputs, seed: 20_251_021 });
  const faults: { sent: string; fault: string }[] = [];
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (let bytes = sent.pop(); bytes !== undefined; bytes = sent.pop()) {
        const fault = faultOf(await converse(url, bytes));
        if (fault !== undefined) faults.push({ sent: bytes.toString('hex'), fault });
      }
    }),
  );
  expect(faults).toEqual([]);
  await expect.poll(openStreams).toBe(0);
}, 600_000);
