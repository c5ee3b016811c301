import { connect, type ClientHttp2Session, type IncomingHttpHeaders } from 'node:http2';

import type { Logger } from 'pino';
import { onTestFinished } from 'vitest';

import { errorNames } from '../../proto/http2/error-names.ts';
import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import type { GatewayHooks } from '../hooks.ts';
import type { AgentScript } from './scripted-agent.ts';
import { startBefore } from './start-before.ts';

export interface Http2Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
  /** How the stream ended: `end`, or the name of its error code or of the connection's error. */
  ending: string;
}

/** Starts a gateway of HTTPS in front of a scripted agent, and returns it with its authority. */
export async function startHttps(
  script: AgentScript,
  options: object = {},
  log?: Logger,
  hooks?: GatewayHooks,
) {
  const authority = await createAuthority();
  const files = await writeFiles({ ca: authority.ca, ...(await authority.issue()) });
  const tls = { tlsCert: files.cert, tlsKey: files.key };
  const gateway = await startBefore(script, { ...tls, ...options }, log, hooks);
  return { ...gateway, ca: authority.ca };
}

/** Connects with HTTP/2 until the end of the test. */
export function connectHttp2(url: string, ca: string): ClientHttp2Session {
  const session = connect(url, { ca });
  session.on('error', () => {});
  onTestFinished(() => session.destroy());
  return session;
}

/** Sends a request, and reads its response to its end. */
export function askHttp2(
  session: ClientHttp2Session,
  path: string,
  { body, ...headers }: Record<string, string> = {},
): Promise<Http2Answer> {
  const method =
    body === undefined ? {} : { ':method': 'POST', 'content-type': 'application/json' };
  const stream = session.request({ ':path': path, ...method, ...headers });
  stream.end(body);
  return new Promise((resolve) => {
    const answer: Http2Answer = { status: undefined, headers: {}, body: '', ending: 'end' };
    stream.once('response', (received) => {
      answer.status = received[':status'];
      answer.headers = received;
    });
    stream.setEncoding('utf8').on('data', (part: string) => (answer.body += part));
    let connectionError = '';
    stream.on('error', ({ code = '' }: NodeJS.ErrnoException) => {
      if (!code.startsWith('ERR_HTTP2')) connectionError = code;
    });
    stream.once('close', () => {
      const { rstCode } = stream;
      if (connectionError !== '') answer.ending = connectionError;
      else if (rstCode !== undefined && rstCode !== 0) answer.ending = errorNames[rstCode] ?? '';
      resolve(answer);
    });
  });
}
