import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';

import { z } from 'zod';

import { bearerToken } from './bearer-token.ts';
import { GatewayError } from './errors.ts';

/**
 * Who may start a generation (A2): with `off` everybody, with `any` clients with any bearer token, with a list
 * clients with one of its tokens.
 */
export const authSchema = z.union([
  z.enum(['off', 'any']),
  z.array(z.string().regex(bearerToken, { error: 'must be a bearer token' })).min(1),
]);

type Auth = z.output<typeof authSchema>;

/** The parts of a request that authentication reads. */
interface RequestParts {
  method: string;
  query: ParsedUrlQuery;
  headers: IncomingHttpHeaders;
}

/** @throws GatewayError if the request is not authenticated */
export type Authenticate = (request: RequestParts) => void;

/**
 * Creates a check of a request's bearer token. The token is in the header `Authorization` or, for a GET
 * without that header, in the query, since a browser's EventSource cannot set headers (A3).
 * @throws GatewayError UNAUTHENTICATED with the challenge of RFC 6750, never with a token
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

function readToken({ method, query, headers }: RequestParts): string | undefined {
  const headerToken = /^bearer +(.*)$/i.exec(headers.authorization ?? '')?.[1];
  if (headerToken !== undefined || method !== 'GET') return headerToken;
  if (Array.isArray(query['token'])) {
    throw new GatewayError('INVALID_REQUEST', 'query token: must be given once');
  }
  return query['token'];
}

/** Compares digests with every token, so that the time reveals nothing about them. */
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
