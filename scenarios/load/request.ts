import { validateHeaderName, validateHeaderValue } from 'node:http';

import { keyMetadata } from '../../proto/metadata.ts';
import type { LoadProfile } from './profile.ts';

/** The request key of a slot's nth stream, both from 0: the same in every run of the same load. */
export function requestKeyOf(slot: number, n: number): string {
  return `load-${slot}-${n}`;
}

/** What is the same in all requests of a load, and the headers of each. */
export interface RequestTemplate {
  body: string;
  /** Header names in lower case. */
  headersFor(key: string): Record<string, string>;
}

/**
 * The specified request (A2) with a key of its own for each stream.
 * @param extraHeaders sent as well, and in place of ours where the names are the same in any case;
 *   scenario and seed travel here (`proto/metadata.ts`)
 * @throws {TypeError} for a header that HTTP does not allow, with Node's code
 */
export function requestTemplate(
  { prompt, model, token }: LoadProfile['request'],
  extraHeaders: Readonly<Record<string, string>>,
): RequestTemplate {
  const shared: Record<string, string> = {
    accept: 'text/event-stream',
    'content-type': 'application/json',
    authorization: `Bearer ${token}`,
  };
  for (const [name, value] of Object.entries(extraHeaders)) {
    // autocannon writes headers to the socket as they are: a line end in one would forge another.
    validateHeaderName(name);
    validateHeaderValue(name, value);
    shared[name.toLowerCase()] = value;
  }
  return {
    body: JSON.stringify({ prompt, model, stream: true }),
    headersFor: (key) => ({ ...shared, [keyMetadata]: key }),
  };
}
