import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';

import { startRawServer, type RawRequest, type RawServer } from './raw-server.ts';

/** A WebSocket as a server without a library has it. */
export interface RawWebSocket {
  socket: Socket;
  /** The upgrade, with the number of its slot. */
  request: RawRequest;
  /** The first message of the client. */
  first: string;
  /** Sends a frame; `opcode` 1 is a text message. */
  frame(payload: string | Buffer, head?: { opcode?: number; fin?: boolean }): void;
  /** Sends an event in the specified form. */
  event(event: string, data: unknown): void;
  /** Sends a close frame. */
  close(code: number, reason?: string): void;
}

/** The fixed text of the handshake (RFC 6455, 1.3). */
const handshakeText = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export function switchingProtocols(request: RawRequest): string {
  const accept = createHash('sha1')
    .update((request.headers['sec-websocket-key'] ?? '') + handshakeText)
    .digest('base64');
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${accept}\r\n\r\n`
  );
}

/** Starts a server that upgrades every request, and answers the first message. */
export function startRawWebSockets(answer: (webSocket: RawWebSocket) => void): Promise<RawServer> {
  return startRawServer((request, socket) => {
    socket.removeAllListeners('data');
    socket.write(switchingProtocols(request));
    let received = Buffer.alloc(0);
    let hasFirst = false;
    socket.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      const frame = readFrame(received);
      if (frame === undefined || hasFirst) return;
      hasFirst = true;
      answer(webSocketOf(socket, request, frame.toString()));
    });
  });
}

function webSocketOf(socket: Socket, request: RawRequest, first: string): RawWebSocket {
  const frame: RawWebSocket['frame'] = (payload, { opcode = 1, fin = true } = {}) =>
    void socket.write(writeFrame(Buffer.from(payload), (fin ? 0x80 : 0) | opcode));
  return {
    socket,
    request,
    first,
    frame,
    event: (event, data) => frame(JSON.stringify({ event, data })),
    close(code, reason = '') {
      const head = Buffer.alloc(2);
      head.writeUInt16BE(code);
      frame(Buffer.concat([head, Buffer.from(reason)]), { opcode: 8 });
    },
  };
}

/** Returns the payload of a masked frame below 64 KiB (RFC 6455, 5.2); undefined while it is incomplete. */
function readFrame(bytes: Buffer): Buffer | undefined {
  const isLong = ((bytes[1] ?? 0) & 0x7f) === 126;
  const maskAt = isLong ? 4 : 2;
  if (bytes.length < maskAt + 4) return undefined;
  const length = isLong ? bytes.readUInt16BE(2) : (bytes[1] ?? 0) & 0x7f;
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = bytes.subarray(maskAt + 4, maskAt + 4 + length);
  if (payload.length < length) return undefined;
  return Buffer.from(payload.map((byte, index) => byte ^ (mask[index % 4] ?? 0)));
}

function writeFrame(payload: Buffer, head: number): Buffer {
  const { length } = payload;
  if (length < 126) return Buffer.concat([Buffer.of(head, length), payload]);
  const extended = Buffer.alloc(length < 65_536 ? 2 : 8);
  if (length < 65_536) extended.writeUInt16BE(length);
  else extended.writeBigUInt64BE(BigInt(length));
  return Buffer.concat([Buffer.of(head, length < 65_536 ? 126 : 127), extended, payload]);
}
