import { validateHeaderName, validateHeaderValue } from 'node:http';

import { z } from 'zod';

import { keyMetadata } from '../../proto/metadata.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { createSecretReader, secretOr } from './secret.ts';

/** A bearer token is one word of visible ASCII (RFC 6750); anything else could not be sent as it stands. */
export const bearerTokenSchema = z
  .string()
  .regex(/^[\x21-\x7e]+$/, { error: 'a token has visible ASCII characters only, and no spaces' });

/** What the load itself has to say, for connections and streams to be told apart. */
const ownHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'transfer-encoding',
  'upgrade',
  keyMetadata,
]);

export const headerNameSchema = z
  .string()
  .regex(/^[!#$%&'*+.^`|~\w-]+$/, { error: 'is no name of a header' })
  .refine((name) => !ownHeaders.has(name.toLowerCase()), {
    error: 'is set by the load itself',
  });

export const headerValueSchema = z
  .string()
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: 'a header has one line and no control characters' });

/** What every stream of the load asks for (specification A2). */
export const requestSchema = z.strictObject({
  prompt: wellFormedText
    .min(1)
    .default('写一段500字的故事')
    .describe('The prompt; by default that of the specified benchmark (E1).'),
  model: wellFormedText.min(1).default('gpt-4').describe('The model; by default that of E1.'),
  token: secretOr(bearerTokenSchema)
    .default('rehearsal')
    .describe(
      'Sent as `Authorization: Bearer …`; the default is no secret. One that is comes from the environment: `{ env: NAME }`.',
    ),
  headers: z
    .record(headerNameSchema, secretOr(headerValueSchema))
    .default({})
    .describe('Sent as well, or in place of ours of the same name; `{ env: NAME }` for secrets.'),
  body: z
    .record(
      z.string().refine((name) => !['prompt', 'model', 'stream'].includes(name), {
        error: 'is set by `prompt` and `model` of the request; every request is for a stream',
      }),
      z.json(),
    )
    .default({})
    .describe('Further fields of the JSON body.'),
});

/** The request key of a slot's nth stream, both from 0: the same in every run of the same load. */
export function requestKeyOf(slot: number, n: number): string {
  return `load-${slot}-${n}`;
}

/** The request key of an arrival, from 0: the same in every run of the same load, whichever client has it. */
export function arrivalKeyOf(n: number): string {
  return `load-${n}`;
}

/** What is the same in all requests of a load, and the headers of each. */
export interface RequestTemplate {
  body: string;
  /** Header names in lower case. */
  headersFor(key: string): Record<string, string>;
  /** A text without the secrets that the headers have. */
  redact(text: string): string;
}

export interface TemplateOptions {
  /** In place of the bearer token: that of a URL with a user. */
  authorization?: string | undefined;
  /** Secrets of the URL and of the command line, to be redacted. */
  secrets?: readonly string[];
  /** Where the scenario's secrets are; that of the process by default. */
  environment?: NodeJS.ProcessEnv;
}

/**
 * The specified request (A2) with a key of its own for each stream.
 *
 * Later ones take the place of earlier ones: our headers, the URL's user, the scenario's headers,
 * `extraHeaders`.
 * @param extraHeaders sent as well, and in place of ours where the names are the same in any case;
 *   scenario and seed travel here (`proto/metadata.ts`)
 * @throws RehearsalError (usage) for a secret that is not there or could not be sent
 * @throws {TypeError} for a header that HTTP does not allow, with Node's code
 */
export function requestTemplate(
  { prompt, model, token, headers, body }: z.output<typeof requestSchema>,
  extraHeaders: Readonly<Record<string, string>>,
  { authorization, secrets: known = [], environment = process.env }: TemplateOptions = {},
): RequestTemplate {
  const secrets = createSecretReader(environment, known);
  const shared: Record<string, string> = {
    accept: 'text/event-stream',
    'content-type': 'application/json',
  };
  const given = new Set(
    [...Object.keys(headers), ...Object.keys(extraHeaders)].map((name) => name.toLowerCase()),
  );
  if (authorization !== undefined) shared['authorization'] = authorization;
  // A variable that nobody needs has not to be there.
  else if (!given.has('authorization')) {
    const read = secrets.read(token, 'load.request.token', bearerTokenSchema);
    shared['authorization'] = `Bearer ${read}`;
  }
  for (const [name, value] of Object.entries(headers)) {
    const key = `load.request.headers.${name}`;
    shared[name.toLowerCase()] = secrets.read(value, key, headerValueSchema);
  }
  for (const [name, value] of Object.entries(extraHeaders)) {
    // autocannon writes headers to the socket as they are: a line end in one would forge another.
    validateHeaderName(name);
    validateHeaderValue(name, value);
    shared[name.toLowerCase()] = value;
  }
  return {
    body: JSON.stringify({ prompt, model, stream: true, ...body }),
    headersFor: (key) => ({ ...shared, [keyMetadata]: key }),
    redact: secrets.redact,
  };
}
