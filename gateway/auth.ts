import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';

import { z } from 'zod';

import { bearerToken } from './bearer-token.ts';
import { GatewayError } from './errors.ts';

/**
 * Who may start a generation (specification A2): `off` for everybody, `any` for whoever sends a bearer
 * token, else whoever sends one of these.
 */
export const authSchema = z.union([
  z.enum(['off', 'any']),
  z.array(z.string().regex(bearerToken, { error: 'must be a bearer token' })).min(1),
]);

type Auth = z.output<typeof authSchema>;

/** What is looked at of a request. */
interface AskedBy {
  method: string;
  query: ParsedUrlQuery;
  headers: IncomingHttpHeaders;
}

/** @throws GatewayError where whoever asks may not. */
export type Authenticate = (request: AskedBy) => void;

/**
 * Lets a request pass whose bearer token is accepted: that of the header `Authorization`, or of a GET's
 * query where there is none, since a browser's EventSource cannot set headers (specification A3).
 * @throws GatewayError UNAUTHENTICATED with the challenge of RFC 6750; a token is never in it.
 */
export function createAuthenticator(auth: Auth): Authenticate {
  if (auth === 'off') return () => {};
  const accepts = auth === 'any' ? () => true : oneOf(auth);
  return (request) => {
    const token = readToken(request);
    if (token === undefined) {
      throw new GatewayError(
        'UNAUTHENTICATED',
        'a bearer token is needed: header Authorization, or query token of a GET',
      );
    }
    if (!bearerToken.test(token) || !accepts(token)) {
      const challenge = 'error="invalid_token"';
      throw new GatewayError('UNAUTHENTICATED', 'the bearer token is not accepted', { challenge });
    }
  };
}

function readToken({ method, query, headers }: AskedBy): string | undefined {
  const ofHeader = /^bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (ofHeader !== undefined || method !== 'GET') return ofHeader;
  if (Array.isArray(query['token'])) {
    throw new GatewayError('INVALID_REQUEST', 'query token: must be given once');
  }
  return query['token'];
}

/** Compares with every token, and digests of them: the time that it takes tells nothing of any. */
function oneOf(tokens: readonly string[]): (token: string) => boolean {
  const digests = tokens.map(sha256);
  return (token) => {
    const digest = sha256(token);
    return digests.map((each) => timingSafeEqual(each, digest)).includes(true);
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
