import { connect as connectHttp2, constants, type ClientHttp2Stream } from 'node:http2';
import { performance } from 'node:perf_hooks';

import { closedWithoutAnswer, explainTlsError } from '../../../gateway/agent/explain-tls-error.ts';
import { createMessageSplitter, withPrefix } from '../../../gateway/agent/message-splitter.ts';
import { frameTypes, sortFrames } from '../../../proto/http2/http2-frames.ts';
import { sessionConnection } from '../../../proto/http2/session-connection.ts';
import { createTurnWriter } from '../../../proto/http2/turn-writer.ts';
import { authorityOf, openAgentSocket, type AgentPlace } from './agent-socket.ts';
import { encodeRequest, generatePath, readChunk } from './request-bytes.ts';
import type { SeenCall, SeenChunk } from './seen.ts';

/** An HTTP/2 connection whose frames are counted. */
export interface RawClient {
  call(prompt: string, options?: { deadlineMs?: number }): RawCall;
  /** Resolves with the agent's first SETTINGS, or with the reason why they do not come. Must be called at once. */
  problem(limitMs: number): Promise<Error | undefined>;
  /** Resolves when the agent has handled all frames so far; false if it did not acknowledge the PING in time. */
  settle(limitMs: number): Promise<boolean>;
  close(): void;
}

/** A call that is read only on demand. */
export interface RawCall {
  /** Bytes of DATA so far, which frames of a cancelled call are counted in too. */
  dataBytes(): number;
  /** Resolves with the first DATA, or with the end of the call. */
  begun: Promise<void>;
  /** Reads from now on. */
  read(): void;
  cancel(): void;
  /** Resolves with what was seen when the call has ended, or with an open call when the signal aborts. */
  ended(signal: AbortSignal): Promise<SeenCall>;
}

/** The window that HTTP/2 has by default. */
export const usualWindowBytes = 65_535;

const mostMessageBytes = 64 * 1024 * 1024;

/**
 * @param windowBytes how much of an unread call the agent may send
 * @throws Error if there is no connection
 */
export async function openRawClient(
  place: AgentPlace,
  { windowBytes, signal }: { windowBytes: number; signal: AbortSignal },
): Promise<RawClient> {
  const socket = await openAgentSocket(place, signal);
  const isTls = place.access.certificates !== undefined;
  const dataBytes = new Map<number, number>();
  const onData = new Map<number, () => void>();
  const out = createTurnWriter(socket);
  const sort = sortFrames({
    keep(_, { type, id, from, to }) {
      if (type === frameTypes.data) {
        dataBytes.set(id, (dataBytes.get(id) ?? 0) + to - from);
        onData.get(id)?.();
      }
      return false;
    },
    pass: (bytes) => deliver(bytes),
  });
  const { connection, deliver } = sessionConnection(socket, out, {
    incoming: sort,
    outgoing: (bytes) => out.write(bytes),
  });
  const session = connectHttp2('http://localhost', {
    createConnection: () => connection,
    settings: { initialWindowSize: windowBytes, enablePush: false },
  });
  session.on('error', () => {});
  return {
    call(prompt, { deadlineMs } = {}) {
      const stream = session.request({
        [constants.HTTP2_HEADER_METHOD]: 'POST',
        [constants.HTTP2_HEADER_SCHEME]: isTls ? 'https' : 'http',
        [constants.HTTP2_HEADER_AUTHORITY]: authorityOf(place),
        [constants.HTTP2_HEADER_PATH]: generatePath,
        'content-type': 'application/grpc+proto',
        te: 'trailers',
        ...(deadlineMs === undefined ? {} : { 'grpc-timeout': `${deadlineMs}m` }),
      });
      stream.end(withPrefix(encodeRequest(prompt, 'gpt-4')));
      return followCall(stream, prompt, {
        bytes: () => dataBytes.get(stream.id ?? 0) ?? 0,
        onData(tell) {
          const listen = (): void => void onData.set(stream.id ?? 0, tell);
          // A stream on a new connection has no id yet.
          if (stream.id === undefined) stream.once('ready', listen);
          else listen();
        },
      });
    },
    problem: (limitMs) =>
      new Promise((resolve) => {
        const limit = setTimeout(() => {
          resolve(new Error('the agent accepts the connection but does not answer in HTTP/2'));
        }, limitMs);
        session.once('remoteSettings', () => resolve(undefined));
        session.once('error', (error: NodeJS.ErrnoException) => {
          // A reset has no reason.
          if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return;
          const explained = explainTlsError(error);
          const words = `the agent does not answer in HTTP/2: ${error.message}`;
          resolve(explained === error ? new Error(words, { cause: error }) : explained);
        });
        session.once('close', () => {
          clearTimeout(limit);
          resolve(closedWithoutAnswer(isTls));
        });
      }),
    settle: (limitMs) =>
      new Promise((resolve) => {
        const limit = setTimeout(() => resolve(false), limitMs);
        const settled = (isSettled: boolean): void => {
          clearTimeout(limit);
          resolve(isSettled);
        };
        if (session.destroyed) settled(false);
        else session.ping((error) => settled(error === null));
      }),
    close: () => session.destroy(),
  };
}

function followCall(
  stream: ClientHttp2Stream,
  prompt: string,
  data: { bytes(): number; onData(tell: () => void): void },
): RawCall {
  const startMs = performance.now();
  const now = (): number => performance.now() - startMs;
  const messages = createMessageSplitter(mostMessageBytes);
  const chunks: SeenChunk[] = [];
  let status: SeenCall['status'] = null;
  let isCancelled = false;
  const closed = new Promise<Pick<SeenCall, 'end' | 'endAtMs'>>((resolve) => {
    stream.once('close', () => {
      const end = status === null ? (isCancelled ? 'cancelled' : 'reset') : 'status';
      resolve({ end, endAtMs: now() });
    });
  });
  const begun = new Promise<void>((resolve) => {
    data.onData(resolve);
    void closed.then(() => resolve());
  });
  const takeStatus = (headers: Record<string, unknown>): void => {
    const code = headers['grpc-status'];
    if (code === undefined) return;
    status = { code: Number(code), details: decodeURIComponentSafely(headers['grpc-message']) };
  };
  stream.on('error', () => {});
  // A call that fails at once has its status there.
  stream.on('response', takeStatus);
  stream.on('trailers', takeStatus);
  const seenWith = (ending: Pick<SeenCall, 'end' | 'endAtMs'>): SeenCall => ({
    prompt,
    chunks: [...chunks],
    status,
    ...ending,
  });
  return {
    dataBytes: data.bytes,
    begun,
    read() {
      stream.on('data', (bytes: Buffer) => {
        messages.add(bytes);
        for (let next = messages.next(); next !== undefined; next = messages.next()) {
          chunks.push(readChunk(next, now()));
        }
      });
    },
    cancel() {
      isCancelled = true;
      stream.close(constants.NGHTTP2_CANCEL);
    },
    async ended(signal) {
      const over = new AbortController();
      const open = new Promise<Pick<SeenCall, 'end' | 'endAtMs'>>((resolve) => {
        const giveUp = (): void => resolve({ end: 'open', endAtMs: now() });
        if (signal.aborted) giveUp();
        else signal.addEventListener('abort', giveUp, { signal: over.signal });
      });
      const ending = await Promise.race([closed, open]);
      over.abort();
      return seenWith(ending);
    },
  };
}

function decodeURIComponentSafely(message: unknown): string {
  const text = typeof message === 'string' ? message : '';
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
