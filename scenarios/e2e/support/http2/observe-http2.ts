import { connect } from 'node:net';

import { frameTypes, sortFrames } from '../../../../proto/http2/http2-frames.ts';
import { frameOf, preface, settingsOf } from '../../../../proto/testing/http2-bytes.ts';

/** How long a server may take to react. */
const limitMs = 5000;

/**
 * Sends frames and then a PING to a server.
 *
 * @returns the reactions until the server acknowledges the PING or closes the connection: `GOAWAY`, and
 * then `goes on`, `closed` or `silent`
 */
export async function observeHttp2(
  port: number,
  frames: Buffer,
  opening = Buffer.concat([preface, settingsOf()]),
): Promise<string[]> {
  const reactions: string[] = [];
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let isOver = false;
  const over = new Promise<void>((resolve) => {
    const end = (reaction: string) => {
      if (isOver) return;
      isOver = true;
      reactions.push(reaction);
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(end, limitMs, 'silent');
    socket.on('error', () => {});
    socket.on('close', () => end('closed'));
    socket.on(
      'data',
      sortFrames({
        keep(bytes, { type, flags, from }) {
          if (type === frameTypes.goaway) reactions.push('GOAWAY');
          if (type === frameTypes.ping && flags === 1 && bytes[from] === 7) end('goes on');
          return true;
        },
        pass() {},
      }),
    );
  });
  socket.write(
    Buffer.concat([opening, frames, frameOf(frameTypes.ping, 0, 0, Buffer.alloc(8, 7))]),
  );
  await over;
  return reactions;
}
