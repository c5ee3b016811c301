import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect, createServer as createTcpServer, type Server } from 'node:net';

import { frameTypes, prefaceBytes, sortFrames } from '../../../proto/http2/http2-frames.ts';

/**
 * A small agent on node:http2 that follows the specification, but for one planted defect, named by the clause
 * that it breaks. It shares no code with ours, and says of each prompt the same.
 */
export interface PlantedAgent {
  address: string;
  close(): Promise<void>;
}

/** The prompt that makes it fail, and what it says before. */
export const planted = { failingPrompt: 'fail', failingText: 'Once there was a river, and' };

const servicePath = '/ai.agent.v1.AIAgentService/GenerateTextStream';
const healthPath = '/grpc.health.v1.Health/Check';

const tokenMs = 10;

/** How long it works on, where that is its defect. */
const abandonedMs = 3000;

const mostAtOnce = 30;

/** @param defect the id of the clause to break; none for an agent that keeps all of them */
export async function startPlantedAgent(defect?: string): Promise<PlantedAgent> {
  const has = (id: string): boolean => id === defect;
  const sessions = new Set<ServerHttp2Session>();
  /** What it works on though its client has left. */
  const abandoned = new Set<Promise<void>>();
  let open = 0;

  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => {});
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    void answer(stream, headers).catch(() => stream.destroy());
  });

  async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const fields = readFields((await readBody(stream)).subarray(5));
    if (headers[':path'] === healthPath && !has('health-reading')) {
      return finish(stream, 0, '', [Buffer.from([0x08, 0x01])]);
    }
    if (headers[':path'] !== servicePath) return finish(stream, 12, 'no such method');
    if (has('A5-reading') && fields.has(1000)) return finish(stream, 3, 'an unknown field');
    if (has('A2-reading') && !fields.get(2)?.length) return finish(stream, 3, 'model: is required');
    const prompt = fields.get(1)?.toString(has('E1') ? 'ascii' : 'utf8') ?? '';
    if (has('E1') && fields.get(1)?.some((byte) => byte > 127)) {
      return finish(stream, 3, 'prompt: is not ASCII');
    }
    const timeoutMs = readTimeout(headers['grpc-timeout']);
    if (has('E2') && timeoutMs > 60_000 && timeoutMs < Infinity)
      return finish(stream, 3, 'the deadline is too late');
    if (has('E3') && open >= mostAtOnce) return finish(stream, 8, 'too many calls');
    await streamText(stream, prompt, timeoutMs);
  }

  /** Streams one answer, a token at a time. */
  async function streamText(
    stream: ServerHttp2Stream,
    prompt: string,
    timeoutMs: number,
  ): Promise<void> {
    open += 1;
    let deadline: NodeJS.Timeout | undefined;
    stream.once('close', () => {
      open -= 1;
      clearTimeout(deadline);
      if (has('B4') && stream.rstCode !== 0) abandoned.add(wait(abandonedMs));
    });
    await Promise.all(abandoned);
    deadline = has('C5')
      ? undefined
      : setTimeout(() => finish(stream, 4, 'too late'), Math.min(timeoutMs, 2 ** 31 - 1));
    respond(stream);
    const isFailing = prompt === planted.failingPrompt;
    const text = isFailing ? planted.failingText : storyOf(prompt);
    let buffer = '';
    const tokens = tokensOf(text, has('D1-reading'));
    for (const token of tokens) {
      await wait(tokenMs);
      if (stream.destroyed) return;
      buffer += token;
      if (Array.from(buffer).length < (has('D1') ? 3 : 5)) continue;
      await send(stream, { delta: buffer });
      buffer = '';
    }
    if (isFailing) {
      if (buffer !== '' && !has('C2')) await send(stream, { delta: buffer });
      if (!has('C1')) return finish(stream, 13, 'the model ran out of ink');
      await send(stream, { error: 'the model ran out of ink' });
      await send(stream, { delta: '', isFinal: true });
      return finish(stream, 0);
    }
    if (buffer !== '' || !has('B3')) await send(stream, { delta: buffer, isFinal: true });
    finish(stream, 0);
  }

  async function send(stream: ServerHttp2Stream, chunk: Chunk): Promise<void> {
    if (stream.destroyed || stream.writableEnded) return;
    if (has('D3-reading') && stream.writableLength > 0 && !chunk.isFinal) return;
    if (stream.write(frame(encode(chunk, has('A5'))))) return;
    await Promise.race([once(stream, 'drain'), once(stream, 'close')]).catch(() => {});
  }

  const port = await listen(server);
  const relay = defect === 'B4 frames' ? await startRelay(port) : undefined;
  return {
    address: `127.0.0.1:${relay?.port ?? port}`,
    async close() {
      for (const session of sessions) session.destroy();
      await relay?.close();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Passes bytes on, but for RST_STREAM of the client: its agent is never told of a cancel. */
async function startRelay(port: number): Promise<{ port: number; close(): Promise<void> }> {
  const server = createTcpServer((client) => {
    const agent = connect(port, '127.0.0.1');
    const sort = sortFrames(
      {
        keep: (_, { type }) => type === frameTypes.reset,
        pass: (bytes) => void agent.write(bytes),
      },
      prefaceBytes,
    );
    client.on('data', sort);
    agent.pipe(client);
    for (const [one, other] of [
      [client, agent],
      [agent, client],
    ] as const) {
      one.on('error', () => {});
      one.on('close', () => other.destroy());
    }
  });
  return {
    port: await listen(server),
    async close() {
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server | ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function respond(stream: ServerHttp2Stream): void {
  if (stream.destroyed || stream.headersSent) return;
  stream.respond(
    { ':status': 200, 'content-type': 'application/grpc+proto' },
    { waitForTrailers: true },
  );
}

/** Ends a call with a status, after messages. */
function finish(
  stream: ServerHttp2Stream,
  code: number,
  message = '',
  messages: readonly Buffer[] = [],
): void {
  if (stream.destroyed || stream.writableEnded) return;
  respond(stream);
  stream.once('wantTrailers', () => {
    stream.sendTrailers({ 'grpc-status': String(code), 'grpc-message': message });
  });
  for (const each of messages) stream.write(frame(each));
  stream.end();
}

/** Returns a text of an odd length that depends on the prompt; it has a family and a flag. */
function storyOf(prompt: string): string {
  const words = 'Once there was a river, and it kept its own hours 👩‍👩‍👧 all year 🇵🇹. ';
  return words.repeat(prompt.length > 200 ? 16 : 2) + 'x'.repeat(prompt.length % 5);
}

/** Cuts a text into words, or code point by code point. */
function tokensOf(text: string, isTorn: boolean): string[] {
  return isTorn ? Array.from(text) : (text.match(/\S+\s*|\s+/g) ?? []);
}

interface Chunk {
  delta?: string;
  isFinal?: boolean;
  error?: string;
}

/** @param isShifted whether the text is in field 4 */
function encode({ delta = '', isFinal = false, error = '' }: Chunk, isShifted: boolean): Buffer {
  return Buffer.concat([
    textField(isShifted ? 4 : 1, delta),
    Buffer.from(isFinal ? [0x10, 0x01] : []),
    textField(3, error),
  ]);
}

function textField(number: number, text: string): Buffer {
  const bytes = Buffer.from(text);
  return bytes.length === 0
    ? bytes
    : Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

function frame(message: Buffer): Buffer {
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

/** Reads the fields of a request by number; numbers have no bytes. */
function readFields(message: Buffer): Map<number, Buffer> {
  const fields = new Map<number, Buffer>();
  let offset = 0;
  const readVarint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = message[offset] ?? 0;
      offset += 1;
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  while (offset < message.length) {
    const tag = readVarint();
    const value = readVarint();
    const length = tag % 8 === 2 ? value : 0;
    fields.set(Math.floor(tag / 8), message.subarray(offset, offset + length));
    offset += length;
  }
  return fields;
}

function readTimeout(text: string | string[] | undefined): number {
  const [, amount, unit = ''] = /^(\d+)([HMSmun])$/.exec(String(text)) ?? [];
  const unitMs = { H: 3_600_000, M: 60_000, S: 1000, m: 1, u: 1e-3, n: 1e-6 }[unit];
  return amount === undefined || unitMs === undefined ? Infinity : Number(amount) * unitMs;
}

async function readBody(stream: ServerHttp2Stream): Promise<Buffer> {
  const pieces: Buffer[] = [];
  stream.on('data', (piece: Buffer) => pieces.push(piece));
  await once(stream, 'end');
  return Buffer.concat(pieces);
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
