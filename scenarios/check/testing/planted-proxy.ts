import { once } from 'node:events';
import {
  createServer,
  request as send,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';

/**
 * A small proxy before a provider of OpenAI's chat format: right, but for one planted defect, named by the
 * clause that it breaks. It knows nothing of ours.
 */
export interface PlantedProxy {
  /** Without a path. */
  url: string;
  close(): Promise<void>;
}

const done = 'data: [DONE]\n\n';

/** How long a proxy that does not wait for models waits. */
const impatientMs = 1000;

/** @param defect the id of the clause to break; none for a proxy that keeps all of them */
export async function startPlantedProxy(upstream: string, defect?: string): Promise<PlantedProxy> {
  const has = (id: string): boolean => id === defect;
  /** Where a proxy that mixes up streams writes, once several are open. */
  let latest: ((event: string) => void) | undefined;
  let open = 0;

  const server = createServer((request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    await once(request, 'end');
    pass(request, Buffer.concat(pieces), response, 1);
  }

  function pass(
    { url = '/', headers }: Pick<IncomingMessage, 'url' | 'headers'>,
    body: Buffer,
    response: ServerResponse,
    attempt: number,
  ): void {
    const below = send(new URL(url, upstream), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: headers.authorization ?? '',
        'content-length': body.length,
      },
    });
    let hasText = attempt > 1;
    let collected = '';
    let impatience: NodeJS.Timeout | undefined;
    const write = (event: string): void => {
      if (has('L2')) collected += event;
      else response.write(event, has('L3') ? 'latin1' : 'utf8');
    };
    open += 1;
    const mixed = open > 5 ? (latest ?? write) : write;
    latest = write;
    const finish = (): void => {
      clearTimeout(impatience);
      if (latest === write) latest = undefined;
      response.end(collected);
    };
    const breakOff = (): void => {
      clearTimeout(impatience);
      if (latest === write) latest = undefined;
      if (has('L9') && hasText && attempt === 1) {
        return pass({ url, headers }, body, response, attempt + 1);
      }
      if (has('L8')) return void response.end(done);
      response.destroy();
    };
    response.on('close', () => {
      open -= 1;
      clearTimeout(impatience);
      if (!has('L11')) below.destroy();
    });
    below.on('error', () => (response.headersSent ? undefined : breakOff()));
    below.on('response', (answer) => {
      const { statusCode = 502 } = answer;
      const type = answer.headers['content-type'] ?? 'application/json';
      if (statusCode !== 200) {
        response.writeHead(has('L6') ? 500 : statusCode, { 'content-type': type });
        answer.pipe(response);
        return;
      }
      if (!response.headersSent) response.writeHead(200, { 'content-type': type });
      response.flushHeaders();
      let rest = '';
      let isComplete = false;
      answer.setEncoding('utf8').on('data', (piece: string) => {
        if (has('L10')) {
          clearTimeout(impatience);
          impatience = setTimeout(() => response.destroy(), impatientMs);
        }
        const events = (rest + piece).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) {
          const changed = changedEvent(`${event}\n\n`);
          if (changed === '') continue;
          isComplete ||= changed === done;
          hasText ||= event.includes('"content":"');
          (has('L12') && event.includes('"content":"') ? mixed : write)(changed);
        }
      });
      answer.on('error', () => {});
      answer.on('close', () => (isComplete || has('L1') ? finish() : breakOff()));
    });
    below.end(body);
  }

  /** Returns an event as the defect leaves it; empty for one that it swallows. */
  function changedEvent(event: string): string {
    if (has('L1') && event === done) return '';
    if (has('L5') && event.includes('"usage":{')) return '';
    if (has('L4')) return event.replace(/"arguments":"[^"\\]/, '"arguments":"');
    if (has('L7') && event.startsWith('data: {"error"')) return done;
    if (has('L13-reading')) {
      return event.includes('"reasoning_content"') || event.includes('"reasoning"') ? '' : event;
    }
    return event;
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
