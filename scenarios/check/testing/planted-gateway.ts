import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import { credentials, status, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { WebSocketServer } from 'ws';

import { AgentServiceClient, type StreamChunk } from '../../../proto/agent-service.ts';
import { generatePath } from '../../../proto/interface.ts';
import type { Numbers } from '../numbers.ts';

/**
 * A small gateway that follows the specification, but for one planted defect, named by the clause that it
 * breaks. It shares no code with ours.
 */
export interface PlantedGateway {
  url: string;
  close(): Promise<void>;
}

const mostChunks = 100;
const mostAtOnce = 20;

/** How late a gateway with the defect `late` sends everything: within what the clauses allow. */
export const lateMs = 80;

/** @param defect the id of the clause to break, or `late`; none for a gateway that keeps all of them */
export async function startPlantedGateway(
  agentAddress: string,
  { pushIntervalMs, pingIntervalMs, streamLimitMs }: Numbers,
  defect?: string,
): Promise<PlantedGateway> {
  const has = (id: string): boolean => id === defect;
  const agent = new AgentServiceClient(agentAddress, credentials.createInsecure(), {
    'grpc.max_receive_message_length': -1,
  });
  const served = new WeakSet<Socket>();
  let open = 0;

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://gateway');
    const isGet = request.method === 'GET';
    const body = await readBody(request);
    if (url.pathname !== generatePath) return reply(response, 404, 'no such path');
    if (has('E2') && served.has(request.socket)) return reply(response, 400, 'one per connection');
    served.add(request.socket);
    if (has('A3') && isGet) return reply(response, 405, 'POST only');
    if (has('E3') && open >= mostAtOnce) return reply(response, 503, 'too many');
    const fields = isGet && !has('A3-reading') ? Object.fromEntries(url.searchParams) : parse(body);
    const { prompt, model, stream } = fields;
    const isRight = typeof prompt === 'string' && prompt !== '';
    if (!isRight && has('A4')) return reply(response, 422, 'prompt: missing');
    if (!isRight && has('A4-reading')) return send(response, 400, { message: 'bad request' });
    if (!isRight) return reply(response, 400, 'prompt: a text is required');
    if (has('A2') && model === undefined) return reply(response, 400, 'model: required');
    if (has('A1') && stream === false) return send(response, 200, { text: 'the whole answer' });
    response.writeHead(200, {
      'Content-Type': 'text/event-stream',
      'Cache-Control': 'no-cache',
      Connection: 'keep-alive',
      ...(has('B1') ? {} : { 'X-Accel-Buffering': 'no' }),
      'Access-Control-Allow-Origin': '*',
    });
    response.flushHeaders();
    streamTo(
      { prompt, model: has('A5') || typeof model !== 'string' ? 'gpt-4o' : model },
      {
        send: (event, data) => {
          if (!has('late')) return response.write(frame(event, data));
          setTimeout(() => response.write(frame(event, data)), lateMs);
          return true;
        },
        onDrain: (resume) => response.on('drain', resume),
        end: () => (has('late') ? setTimeout(() => response.end(), lateMs) : response.end()),
        onClose: (leave) => response.on('close', leave),
      },
    );
  }

  function frame(event: string, data: object): string {
    const json = has('B5') ? JSON.stringify(data).replaceAll('\\n', '\n') : JSON.stringify(data);
    return has('B2') && event === 'message'
      ? `data: ${json}\n\n`
      : `event: ${event}\ndata: ${json}\n\n`;
  }

  /** Streams one generation; `send` returns false while the client reads too slowly. */
  function streamTo(request: { prompt: string; model: string }, client: Client): void {
    open += 1;
    const startMs = performance.now();
    const call: ClientReadableStream<StreamChunk> = agent.generateTextStream(
      request,
      has('C5') ? {} : { deadline: Date.now() + streamLimitMs },
    );
    let waiting: string[] = [];
    let heldBack = '';
    let pushedAtMs = has('D2-reading') ? startMs : -Infinity;
    let timer: NodeJS.Timeout | undefined;
    let isBlocked = false;
    let ended: ((text: string) => void) | undefined;
    let isOver = false;

    const finish = (): void => {
      if (isOver) return;
      isOver = true;
      open -= 1;
      clearTimeout(timer);
      clearInterval(pings);
      clearTimeout(limit);
    };
    const push = (): void => {
      timer = undefined;
      if (isOver || isBlocked) return;
      const text = waiting.join('');
      waiting = [];
      if (ended !== undefined) ended(text);
      else if (text !== '') {
        pushedAtMs = performance.now();
        isBlocked = !client.send('message', { delta: text, isFinal: false });
        if (!isBlocked && call.isPaused()) call.resume();
      }
    };
    const schedule = (): void => {
      const intervalMs = has('D2') ? 0 : pushIntervalMs;
      const elapsedMs = performance.now() - pushedAtMs;
      // A clock that ticks from the start, in place of one that starts with the first text.
      const waitMs =
        has('D2-reading') && pushedAtMs === startMs
          ? intervalMs - (elapsedMs % intervalMs)
          : intervalMs - elapsedMs;
      if (waitMs <= 0) push();
      else timer ??= setTimeout(push, waitMs);
    };
    client.onDrain(() => {
      isBlocked = false;
      if (has('D3-reading') && waiting.length > mostChunks / 2) waiting = waiting.slice(10);
      schedule();
      if (call.isPaused()) call.resume();
    });
    const pings = setInterval(
      () => client.send('ping', { timestamp: Math.floor(Date.now() / 1000) }),
      has('C4') ? pingIntervalMs * 2 : pingIntervalMs,
    );
    const limit = setTimeout(() => fail('TIMEOUT', 'the stream took too long'), streamLimitMs);
    const fail = (code: string, details: string): void => {
      if (isOver) return;
      const text = waiting.join('');
      if (!has('C2-reading') && text !== '')
        client.send('message', { delta: text, isFinal: false });
      client.send('error', {
        error: 'the generation failed',
        code,
        details: has('C3') ? '' : details,
      });
      if (has('C1')) client.send('message', { delta: '', isFinal: true });
      finish();
      call.cancel();
      client.end();
    };

    call.on('data', ({ delta, isFinal, error, parts }: StreamChunk) => {
      if (isOver) return;
      if (error !== '') {
        if (has('C2-reading field')) waiting = [];
        return fail(has('C3 field') ? 'ERROR' : 'GENERATION_ERROR', error);
      }
      if (has('A5-reading') && parts?.reasoning !== undefined) return void call.destroy();
      if (isFinal) {
        ended = (text) => {
          const last = text + heldBack + delta;
          if (!has('B3-reading') || last !== '') {
            client.send('message', { delta: last, isFinal: true });
          }
          if (has('B3')) client.send('message', { delta: '', isFinal: true });
          finish();
          client.end();
        };
      } else if (has('C2') && delta.endsWith(' ')) {
        heldBack += delta;
        return;
      } else {
        waiting.push(heldBack + delta);
        heldBack = '';
      }
      schedule();
      if (waiting.length >= mostChunks && !has('D3')) call.pause();
    });
    call.on('error', ({ code, details }: ServiceError) => {
      const own = {
        [status.UNAVAILABLE]: 'AGENT_UNAVAILABLE',
        [status.RESOURCE_EXHAUSTED]: 'BUSY',
      };
      fail(
        has('C3-reading') ? 'GENERATION_ERROR' : (Reflect.get(own, code) ?? 'GENERATION_ERROR'),
        details,
      );
    });
    client.onClose(() => {
      finish();
      if (!has('B4')) call.cancel();
      else call.resume();
    });
  }

  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    if (has('A6-reading'))
      return void socket.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n');
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const { prompt = '', model = 'gpt-4' } = Object.fromEntries(
        new URL(request.url ?? '/', 'http://gateway').searchParams,
      );
      streamTo(
        { prompt, model },
        {
          send(event, data) {
            webSocket.send(JSON.stringify({ event, data }));
            return true;
          },
          onDrain: () => {},
          end: () => webSocket.close(1000),
          onClose: (leave) => webSocket.on('close', leave),
        },
      );
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}${generatePath}`,
    async close() {
      agent.close();
      sockets.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };

  function parse(body: Buffer): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(body.toString(has('E1') ? 'latin1' : 'utf8'));
      return typeof value === 'object' && value !== null ? { ...value } : {};
    } catch {
      return {};
    }
  }
}

/** Where the events of a stream go. */
interface Client {
  send(event: string, data: object): boolean;
  onDrain(resume: () => void): void;
  end(): unknown;
  onClose(leave: () => void): void;
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  request.on('data', (piece: Buffer) => pieces.push(piece));
  await once(request, 'end');
  return Buffer.concat(pieces);
}

const reply = (response: ServerResponse, code: number, details: string): void =>
  send(response, code, { error: 'the request is wrong', code: 'INVALID_REQUEST', details });

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
