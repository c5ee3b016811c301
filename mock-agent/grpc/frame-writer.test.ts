import {
  connect,
  createServer as createHttp2Server,
  type ClientHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import { createServer, type AddressInfo, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { writeFrames, type FrameWriter } from './frame-writer.ts';
import type { FramedStream } from './framed-stream.ts';

const encode = (text: string, headroom: number): Buffer => {
  const bytes = Buffer.alloc(headroom + Buffer.byteLength(text));
  bytes.write(text, headroom);
  return bytes;
};

interface ServedStream {
  stream: ServerHttp2Stream;
  framed: FramedStream<string>;
  path: string;
}

/**
 * Starts a server whose streams write their frames themselves, and connects Node's client, which ends the
 * connection at the first byte beyond a window.
 */
async function openPair(answer: (served: ServedStream) => void, settings = {}) {
  const http2Server = createHttp2Server();
  let writer: FrameWriter<string> | undefined;
  http2Server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    const path = headers[':path'] ?? '';
    // The session itself answers these requests.
    if (path.startsWith('/own')) {
      stream.respond({ ':status': 200 });
      stream.end('y'.repeat(200_000));
    } else if (writer !== undefined) answer({ stream, path, framed: writer.claim(stream.id ?? 0) });
  });
  const sockets: Socket[] = [];
  const listener = createServer((socket) => {
    sockets.push(socket);
    writer = writeFrames(socket, encode);
    http2Server.emit('connection', writer.connection);
  });
  await new Promise<void>((resolve) => {
    listener.listen(0, '127.0.0.1', resolve);
  });
  const { port } = listener.address() as AddressInfo;
  const session = connect(`http://127.0.0.1:${port}`, { settings });
  const failures: string[] = [];
  session.on('error', (error: Error) => failures.push(error.message));
  session.on('goaway', (code) => failures.push(`goaway ${code}`));
  onTestFinished(() => {
    session.destroy();
    for (const socket of sockets) socket.destroy();
    listener.close();
  });
  return { session, failures, sockets };
}

function request(session: ClientHttp2Session, path = '/') {
  const stream = session.request({ ':path': path });
  const response = { text: '', ended: false, trailer: '' };
  stream.setEncoding('utf8');
  stream.on('error', () => {});
  stream.on('data', (text: string) => {
    response.text += text;
  });
  stream.on('trailers', (trailers) => {
    response.trailer = String(trailers['x-end']);
  });
  stream.on('end', () => {
    response.ended = true;
  });
  return { stream, response };
}

/** Responds with the texts, then with trailers. */
function sendAll({ stream, framed }: ServedStream, texts: readonly string[]): void {
  stream.respond({ ':status': 200 }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': 'yes' }));
  for (const text of texts) framed.write(text);
  framed.onceWritten(() => stream.end());
}

test('messages arrive in order, after the headers and before the trailers', async () => {
  const texts = Array.from({ length: 500 }, (_, index) => `${index};`);
  const { session, failures } = await openPair((served) => sendAll(served, texts));
  const { response } = request(session);
  await expect.poll(() => response).toEqual({ text: texts.join(''), ended: true, trailer: 'yes' });
  expect(failures).toEqual([]);
});

test('a message larger than a frame and both windows arrives complete', async () => {
  const text = 'x'.repeat(300_000);
  const { session, failures } = await openPair((served) => sendAll(served, [text, 'end']));
  const all = Array.from({ length: 5 }, () => request(session).response);
  for (const response of all) {
    await expect.poll(() => response.ended).toBe(true);
    expect(response.text).toBe(`${text}end`);
  }
  expect(failures).toEqual([]);
});

test('a window of a single byte is respected', async () => {
  const text = 'abc'.repeat(50);
  const settings = { initialWindowSize: 1 };
  const { session, failures } = await openPair((served) => sendAll(served, [text, text]), settings);
  const { response } = request(session);
  await expect.poll(() => response.text).toBe(text + text);
  expect(failures).toEqual([]);
});

test('a window that shrinks during a stream is respected', async () => {
  const texts = Array.from({ length: 100 }, () => 'x'.repeat(5000));
  const { session, failures } = await openPair((served) => sendAll(served, texts));
  const { stream, response } = request(session);
  stream.pause();
  await new Promise((resolve) => session.settings({ initialWindowSize: 100 }, resolve));
  const second = request(session);
  stream.resume();
  await expect.poll(() => response.text.length).toBe(500_000);
  await expect.poll(() => second.response.text.length).toBe(500_000);
  expect(failures).toEqual([]);
});

test('a stream waits for a client that does not read, and does not block others', async () => {
  let waitingStream: FramedStream<string> | undefined;
  let mayContinue = true;
  let written = false;
  const { session, failures } = await openPair(({ stream, framed, path }) => {
    if (path === '/read') {
      sendAll({ stream, framed, path }, ['read']);
      return;
    }
    waitingStream = framed;
    stream.respond({ ':status': 200 });
    for (let count = 0; count < 100 && mayContinue; count += 1)
      mayContinue = framed.write('x'.repeat(5000));
    framed.onceWritten(() => {
      written = true;
    });
  });
  const unread = request(session, '/unread');
  unread.stream.pause();
  await expect.poll(() => waitingStream).toBeDefined();
  expect(mayContinue).toBe(false);
  let drained = false;
  waitingStream?.onceDrained(() => {
    drained = true;
  });
  unread.stream.resume();
  const { response } = request(session, '/read');
  await expect.poll(() => response.text).toBe('read');
  await expect.poll(() => drained && written).toBe(true);
  expect(failures).toEqual([]);
});

test('the session can send data of its own within the same window', async () => {
  const texts = Array.from({ length: 60 }, () => 'x'.repeat(5000));
  const { session, failures } = await openPair((served) => sendAll(served, texts));
  const all = ['/ours', '/own', '/ours', '/own'].map((path) => request(session, path).response);
  for (const [index, response] of all.entries()) {
    const length = index % 2 === 0 ? 300_000 : 200_000;
    await expect.poll(() => response.text.length).toBe(length);
  }
  expect(failures).toEqual([]);
});

test('nothing is sent on a stream that either side has ended', async () => {
  const served: ServedStream[] = [];
  const { session, failures } = await openPair((each) => {
    served.push(each);
    each.stream.respond({ ':status': 200 });
    each.framed.write('a');
  });
  const cancelled = request(session, '/cancelled');
  await expect.poll(() => cancelled.response.text).toBe('a');
  cancelled.stream.close(8);
  const reset = request(session, '/reset');
  await expect.poll(() => reset.response.text).toBe('a');
  served[1]?.stream.close(2);
  await expect.poll(() => served.map(({ stream }) => stream.closed)).toEqual([true, true]);
  for (const { framed } of served) expect(framed.write('b')).toBe(true);

  const later = request(session, '/later');
  await expect.poll(() => later.response.text).toBe('a');
  expect([cancelled.response.text, reset.response.text]).toEqual(['a', 'a']);
  expect(failures).toEqual([]);
});

test('a connection that breaks ends its streams', async () => {
  const served: ServedStream[] = [];
  const { session, sockets } = await openPair((each) => {
    served.push(each);
    each.stream.respond({ ':status': 200 });
  });
  request(session);
  await expect.poll(() => served).toHaveLength(1);
  for (const socket of sockets) socket.resetAndDestroy();
  await expect.poll(() => served[0]?.stream.destroyed).toBe(true);
  expect(served[0]?.framed.write('a')).toBe(true);
});

// In Node itself a write in this interval throws an error that cannot be caught.
test('a stream can be reset at any time between the end of the connection and its close', async () => {
  for (let moment = 0; moment < 15; moment += 1) {
    const served: ServedStream[] = [];
    const { session, sockets } = await openPair((each) => {
      served.push(each);
      each.stream.respond({ ':status': 200 });
    });
    request(session);
    await expect.poll(() => served).toHaveLength(1);
    const resetAfter = (ticks: number) => {
      if (ticks === 0) served[0]?.stream.close(8);
      else process.nextTick(resetAfter, ticks - 1);
    };
    const [socket] = sockets;
    socket?.prependOnceListener('end', () => resetAfter(moment));
    session.socket.destroySoon();
    await expect.poll(() => served[0]?.stream.destroyed).toBe(true);
    await expect.poll(() => socket?.destroyed).toBe(true);
  }
});
