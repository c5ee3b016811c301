import { createHash, randomBytes } from 'node:crypto';

import type { StreamIdentity } from '../../proto/dialects/dialect.ts';
import { metadataPrefix } from '../../proto/metadata.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import { replayOf } from './event-ids.ts';

/** The earliest `created` of a stream, and for how long after it streams are created, in seconds. */
const createdFromSec = 1_700_000_000;
const createdSpanSec = 50_000_000;

/**
 * Returns what identifies a stream: a function of how the agent repeats it, so the same stream has the same
 * ids. One that cannot be repeated gets ids of its own.
 * @param replay the agent's metadata for the stream
 */
function identifyStream(replay: Readonly<Record<string, string>>, model: string): StreamIdentity {
  const names = Object.entries(replay);
  const hash =
    names.length === 0
      ? randomBytes(32)
      : createHash('sha256')
          .update(JSON.stringify(names.toSorted(([a], [b]) => (a < b ? -1 : 1))))
          .digest();
  return identityOf(hash, model);
}

/**
 * Returns a function that identifies one stream and hashes its description once. A slow agent describes the
 * stream after its headers; until then, and without any description, the stream has an identity of its own.
 */
export function identifyOnce(model: string): (call: Pick<AgentCall, 'metadata'>) => StreamIdentity {
  let identified: { metadata: AgentCall['metadata']; identity: StreamIdentity } | undefined;
  return ({ metadata }) => {
    if (identified === undefined || identified.metadata !== metadata) {
      const replay = replayOf({ metadata });
      const isDescribed = Object.keys(replay).length > 0;
      const identity =
        identified === undefined || isDescribed
          ? identifyStream(replay, model)
          : identified.identity;
      identified = { metadata, identity };
    }
    return identified.identity;
  };
}

/** What a request says, as far as it was read. */
interface IdentifiedRequest {
  url?: string | undefined;
  headers: Readonly<Record<string, unknown>>;
  /** Undefined for a body that was not read. */
  body?: string | undefined;
}

/**
 * Returns what identifies an error for which the agent described no stream: a function of the request with its
 * key and seed, so the same request has the same ids.
 */
export function identifyRequest({ url, headers, body }: IdentifiedRequest): StreamIdentity {
  const metadata = Object.entries(headers)
    .filter(([name]) => name.startsWith(metadataPrefix))
    .toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash('sha256').update(JSON.stringify([url, metadata, body ?? '']));
  return identityOf(hash.digest(), '');
}

/** Returns the identity that a hash stands for. */
function identityOf(hash: Buffer, model: string): StreamIdentity {
  return {
    hash: hash.toString('hex'),
    createdSec: createdFromSec + (hash.readUInt32BE() % createdSpanSec),
    model,
  };
}
