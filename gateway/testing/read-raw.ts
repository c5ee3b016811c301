import { connect } from 'node:net';

/** A response as received from the socket. */
export interface RawAnswer {
  head: string;
  /** The body without its chunked encoding. */
  body: string;
  /** The pieces of the chunked encoding. */
  chunks: Buffer[];
  /** Whether the body ended properly by its encoding. */
  whole: boolean;
  /** How the connection ended: `end` cleanly, `idle` by the test, or the code of its error. */
  ending: string;
  /** The first read of the socket. */
  firstRead: string;
}

/**
 * Requests a path over its own socket, and reads until the server ends the connection or nothing arrives for
 * `idleMs`.
 * @param headMs the same for the first byte: on a busy machine, many connections wait to be accepted
 * @param body JSON to POST; undefined for a GET
 */
export function readRaw(
  url: string,
  path: string,
  {
    headers = {},
    idleMs = 0,
    headMs = idleMs,
    body,
  }: { headers?: Record<string, string>; idleMs?: number; headMs?: number; body?: string } = {},
): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    let received = Buffer.alloc(0);
    let firstRead = '';
    let ending = 'end';
    const socket = connect(Number(port), hostname, () => {
      const ofBody =
        body === undefined
          ? {}
          : {
              'Content-Type': 'application/json',
              'Content-Length': String(Buffer.byteLength(body)),
            };
      const lines = Object.entries({ Host: 'x', Connection: 'close', ...ofBody, ...headers });
      const sent = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
      const method = body === undefined ? 'GET' : 'POST';
      socket.write(`${method} ${path} HTTP/1.1\r\n${sent}\r\n${body ?? ''}`);
    });
    socket.setTimeout(headMs, () => {
      ending = 'idle';
      socket.destroy();
    });
    socket.once('data', (bytes) => {
      firstRead = bytes.toString();
      socket.setTimeout(idleMs);
    });
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes]);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      ending = error.code ?? error.message;
    });
    socket.on('close', () => {
      const headEnd = received.indexOf('\r\n\r\n') + 4;
      const head = received.subarray(0, headEnd).toString();
      const rest = received.subarray(headEnd);
      const { chunks, whole } = /^transfer-encoding: chunked/im.test(head)
        ? decodeChunked(rest)
        : { chunks: [rest], whole: true };
      resolve({
        head,
        body: Buffer.concat(chunks).toString(),
        chunks,
        whole,
        ending,
        firstRead,
      });
    });
  });
}

function decodeChunked(bytes: Buffer): { chunks: Buffer[]; whole: boolean } {
  const chunks: Buffer[] = [];
  let rest = bytes;
  for (;;) {
    const lineEnd = rest.indexOf('\r\n');
    if (lineEnd < 0) return { chunks, whole: false };
    const size = Number.parseInt(rest.subarray(0, lineEnd).toString(), 16);
    if (size === 0) return { chunks, whole: true };
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    rest = rest.subarray(lineEnd + 2 + size + 2);
  }
}
