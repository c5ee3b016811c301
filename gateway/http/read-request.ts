import type { IncomingHttpHeaders } from 'node:http';
import type { ParsedUrlQuery } from 'node:querystring';

import { Metadata } from '@grpc/grpc-js';
import { z } from 'zod';

import { countChars } from '../../proto/notation/code-points.ts';
import {
  encodeMetadataText,
  faultMetadata,
  keyMetadata,
  metadataPrefix,
  scenarioMetadata,
  seedMetadata,
  speedMetadata,
  testMetadata,
} from '../../proto/metadata.ts';
import type { AgentRequest } from '../agent/agent-client.ts';
import { GatewayError } from '../errors.ts';
import type { GatewayOptions } from '../options.ts';

const textField = (name: string) =>
  z
    .string({
      error: ({ input }) =>
        input === undefined ? `${name}: is required` : `${name}: must be a string`,
    })
    .refine((text) => text !== '', { error: `${name}: must not be empty` })
    // UTF-8 has no lone surrogates, so gRPC would change the text.
    .refine((text) => text.isWellFormed(), { error: `${name}: has half a surrogate pair in it` });

// Not strict: clients send fields of other interfaces, which A2 ignores. `stream` is one of them: the
// response is always a stream (A1).
const fieldsSchema = z.object(
  { prompt: textField('prompt'), model: textField('model').optional() },
  { error: 'body: must be a JSON object with a prompt' },
);

/**
 * Reads a generation request from the JSON body of a POST (A2) or the query of a GET (A3).
 * @throws GatewayError INVALID_REQUEST with every invalid field, PAYLOAD_TOO_LARGE for a prompt that is too
 * long
 */
export function readGenerateRequest(
  fields: unknown,
  query: ParsedUrlQuery,
  headers: IncomingHttpHeaders,
  { defaultModel, promptLimitChars }: Pick<GatewayOptions, 'defaultModel' | 'promptLimitChars'>,
): AgentRequest {
  const parsed = fieldsSchema.safeParse(fields);
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => issue.message);
    throw new GatewayError('INVALID_REQUEST', problems.join('; '));
  }
  const { prompt, model = defaultModel } = parsed.data;
  refuseLongPrompt(prompt, promptLimitChars);
  return { prompt, model, metadata: readMetadata(query, headers) };
}

/**
 * @param words what the prompt is in the format of the request
 * @throws GatewayError PAYLOAD_TOO_LARGE
 */
export function refuseLongPrompt(prompt: string, limitChars: number, words = 'prompt'): void {
  // Counted only where it may matter: no text has more code points than units.
  if (prompt.length <= limitChars || countChars(prompt) <= limitChars) return;
  throw new GatewayError('PAYLOAD_TOO_LARGE', `${words}: must not exceed ${limitChars} characters`);
}

/** Query fields for clients that cannot set headers. */
const metadataOfQuery: Readonly<Record<string, string>> = {
  scenario: scenarioMetadata,
  key: keyMetadata,
  seed: seedMetadata,
  speed: speedMetadata,
  fault: faultMetadata,
  test: testMetadata,
};

/** The names that gRPC allows for metadata with text values. */
const metadataName = /^[0-9a-z_.-]+(?<!-bin)$/;

/** The most entries of metadata; far below the limit of an agent's connection. */
export const mostMetadata = 32;

/** Names and values together; the limit of an agent's connection is 64 KiB. */
export const mostMetadataBytes = 32_768;

/** The values that gRPC allows for metadata: printable ASCII. */
const metadataValue = /^[\u0020-\u007E]*$/;

/**
 * Returns the headers and query fields for the agent as metadata, uninterpreted. Headers arrive already
 * encoded; texts of the query are encoded here.
 */
export function readMetadata(query: ParsedUrlQuery, headers: IncomingHttpHeaders): Metadata {
  const metadata = new Metadata();
  const forward = (source: string, name: string, value: string | string[] | undefined) => {
    if (value === undefined) return;
    if (typeof value !== 'string') {
      throw new GatewayError('INVALID_REQUEST', `${source}: must be given once`);
    }
    if (!metadataName.test(name)) {
      throw new GatewayError('INVALID_REQUEST', `${source}: is not a valid name of gRPC metadata`);
    }
    if (!metadataValue.test(value)) {
      const details = `${source}: must be printable ASCII; percent-encode other characters`;
      throw new GatewayError('INVALID_REQUEST', details);
    }
    metadata.set(name, value);
  };
  for (const [field, name] of Object.entries(metadataOfQuery)) {
    const text = query[field];
    forward(`query ${field}`, name, typeof text === 'string' ? encodeMetadataText(text) : text);
  }
  // After the query, so that headers override it.
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(metadataPrefix)) forward(`header ${name}`, name, value);
  }
  const entries = Object.entries(metadata.getMap());
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  if (bytes > mostMetadataBytes) {
    const details = `headers ${metadataPrefix}* and the query: must not exceed ${mostMetadataBytes / 1024} KiB`;
    throw new GatewayError('INVALID_REQUEST', details);
  }
  if (entries.length > mostMetadata) {
    const details = `headers ${metadataPrefix}*: must not be more than ${mostMetadata}`;
    throw new GatewayError('INVALID_REQUEST', details);
  }
  return metadata;
}
