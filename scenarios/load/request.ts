import { validateHeaderName, validateHeaderValue } from 'node:http';

import { z } from 'zod';

import {
  dialectNames,
  type Dialect,
  type DialectName,
  type WrittenRequest,
} from '../../proto/dialects/dialect.ts';
import type { Transport } from '../../reports/fingerprint.ts';
import { dialectNamed } from '../../proto/dialects/index.ts';
import { generatePath } from '../../proto/interface.ts';
import { withKey } from '../../proto/key-in-prompt.ts';
import { keyMetadata } from '../../proto/metadata.ts';
import { wellFormedText } from '../../proto/notation/well-formed-text.ts';
import { userMessage } from '../../proto/parts.ts';
import type { OutgoingRequest } from './client/load-client.ts';
import { streamFormatOf, type StreamFormat } from './client/stream-format.ts';
import { createSecretReader, secretOr } from './secret.ts';
import { pathOfGet, transportKeys } from './transport.ts';

/** A bearer token: visible ASCII without spaces (RFC 6750). */
export const bearerTokenSchema = z
  .string()
  .regex(/^[\x21-\x7e]+$/, { error: 'a token has visible ASCII characters only, and no spaces' });

/** Headers that frame a request, which HTTP clients set themselves. */
const framingHeaders = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'transfer-encoding',
  'upgrade',
]);

/** The name of a header of one request. */
export const headerNameSchema = z
  .string()
  .regex(/^[!#$%&'*+.^`|~\w-]+$/, { error: 'is not a valid header name' })
  .refine((name) => !framingHeaders.has(name.toLowerCase()), {
    error: 'is set by the HTTP client itself',
  });

/** The name of a header of every request of a load. Each request has its own key. */
export const loadHeaderNameSchema = headerNameSchema.refine(
  (name) => name.toLowerCase() !== keyMetadata,
  { error: 'is set by the load, which gives every stream a key of its own' },
);

export const headerValueSchema = z
  .string()
  .regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: 'a header has one line and no control characters' });

const toolSchema = z.strictObject({
  name: wellFormedText.min(1).describe('The name of the tool.'),
  description: wellFormedText.default('').describe('What it does.'),
  parameters: z
    .record(z.string(), z.json())
    .optional()
    .describe('The JSON Schema of its arguments; any object by default.'),
});

/** The request of every stream of the load (specification A2). */
export const requestSchema = z.strictObject({
  ...transportKeys,
  dialect: z
    .enum(dialectNames)
    .optional()
    .describe(
      'The format of requests and streams, of those of OpenAI, Anthropic and the AI SDK; the specified one by default.',
    ),
  prompt: wellFormedText
    .min(1)
    .default('写一段500字的故事')
    .describe('The prompt; by default the one of the specified benchmark (E1).'),
  model: wellFormedText.min(1).default('gpt-4').describe('The model; by default the one of E1.'),
  token: secretOr(bearerTokenSchema)
    .default('rehearsal')
    .describe(
      'Sent as `Authorization: Bearer …`, to Anthropic as `x-api-key`. Take a secret from the environment: `{ env: NAME }`.',
    ),
  headers: z
    .record(loadHeaderNameSchema, secretOr(headerValueSchema))
    .default({})
    .describe(
      'More headers; they replace ours of the same name. Take a secret from the environment: `{ env: NAME }`.',
    ),
  tools: z
    .array(toolSchema)
    .default([])
    .describe('The tools that the agent may call, in a dialect; written as the dialect has them.'),
  body: z
    .record(
      z.string().refine((name) => !['prompt', 'model', 'stream'].includes(name), {
        error:
          'is set by `prompt` and `model` of the request (stream is always true); leave it out',
      }),
      z.json(),
    )
    .default({})
    .describe('More fields of the JSON body; in a dialect they replace ours of the same name.'),
});

/** Returns the request key of a slot's nth stream, both from 0: the same in every run of the same load. */
export function requestKeyOf(slot: number, n: number): string {
  return `load-${slot}-${n}`;
}

/** Returns the request key of an arrival, from 0: the same in every run of the same load. */
export function arrivalKeyOf(n: number): string {
  return `load-${n}`;
}

/** The key of the request that checks a target before a load. */
export const preflightKey = 'preflight';

/** What the requests of a load have in common, and what each has of its own. */
export interface RequestTemplate {
  /** Undefined for the specified format. */
  dialect: DialectName | undefined;
  transport: Transport;
  httpVersion: LoadRequest['httpVersion'];
  format: StreamFormat;
  /**
   * Returns the request of a stream.
   * @param path of the target, with its query
   * @param own a prompt, or a body of a conversation, of the stream alone; null for that of all streams
   */
  requestFor(
    path: string,
    key: string,
    own: { prompt: string } | { body: string } | null,
  ): OutgoingRequest;
  /** Returns the body of a request of a conversation in a dialect. */
  bodyOf(conversation: WrittenConversation): string;
  /** Masks the secrets of the headers in a text. */
  redact(text: string): string;
}

export interface TemplateOptions {
  /** Replaces the bearer token, for a URL with a user. */
  authorization?: string | undefined;
  /** Secrets of the URL and of the command line, for `redact`. */
  secrets?: readonly string[];
  /** The environment with the scenario's secrets; that of the process by default. */
  environment?: NodeJS.ProcessEnv;
  /** Whether the answer of each stream is kept until its end, for the next request of its conversation. */
  keepsAnswers?: boolean;
  /** Whether each prompt has the key of its stream, for a gateway that does not forward headers. */
  keyInPrompt?: boolean | undefined;
}

export type LoadRequest = z.output<typeof requestSchema>;

/** Returns the dialect of a load; undefined for the specified format. */
export function dialectOfLoad({ dialect }: Pick<LoadRequest, 'dialect'>): Dialect | undefined {
  return dialect && dialectNamed(dialect).dialect;
}

/** Returns the path that requests of a load are sent to by default. */
export function pathOfLoad({ dialect }: Pick<LoadRequest, 'dialect'>): string {
  return dialect === undefined ? generatePath : dialectNamed(dialect).path;
}

/** The messages of a conversation so far, and its id. */
export type WrittenConversation = Pick<WrittenRequest, 'messages' | 'id'>;

/** Returns the JSON body of a request of a load with a prompt alone. */
export function requestBody(
  request: BodyRequest,
  prompt: string,
  key: string,
): Record<string, unknown> {
  const dialect = dialectOfLoad(request);
  if (dialect === undefined) return { prompt, model: request.model, stream: true, ...request.body };
  return conversationBody(request, { messages: [userMessage(prompt)], id: key });
}

/** What a request's body is made of. */
export type BodyRequest = Pick<LoadRequest, 'dialect' | 'model' | 'body'> &
  Partial<Pick<LoadRequest, 'tools'>>;

/**
 * Returns the JSON body of a request of a load with a conversation.
 * @throws RangeError for the specified format, which has no conversations
 */
export function conversationBody(
  request: BodyRequest,
  conversation: WrittenConversation,
): Record<string, unknown> {
  const { model, body } = request;
  const dialect = dialectOfLoad(request);
  if (dialect === undefined) throw new RangeError('the specified format has no conversations');
  const tools = (request.tools ?? []).map(({ parameters, ...tool }) => ({
    ...tool,
    parameters: parameters === undefined ? '' : JSON.stringify(parameters),
  }));
  return { ...dialect.writeRequest({ ...conversation, tools, model }), ...body };
}

/**
 * Returns the request of a load, specified (A2) or of its dialect, with a key of its own for each stream.
 *
 * Headers in the order of precedence, lowest first: ours, the URL's user, the scenario's, `extraHeaders`.
 * @param extraHeaders names in any case; they include scenario and seed (`proto/metadata.ts`)
 * @throws RehearsalError (usage) for a secret that is missing or not valid in a header
 * @throws {TypeError} for an invalid header, with Node's code
 */
export function requestTemplate(
  request: LoadRequest,
  extraHeaders: Readonly<Record<string, string>>,
  {
    authorization,
    secrets: known = [],
    environment = process.env,
    keepsAnswers = false,
    keyInPrompt = false,
  }: TemplateOptions = {},
): RequestTemplate {
  const { prompt, model, token, headers, transport, httpVersion } = request;
  const dialect = dialectOfLoad(request);
  const keyHeader = dialect?.keyHeader;
  const secrets = createSecretReader(environment, known);
  const shared: Record<string, string> = {
    ...(transport === 'websocket' ? {} : { accept: 'text/event-stream' }),
    ...(transport === 'post' ? { 'content-type': 'application/json' } : {}),
    ...dialect?.requestHeaders,
  };
  const ownNames = new Set(
    [...Object.keys(headers), ...Object.keys(extraHeaders)].map((name) => name.toLowerCase()),
  );
  if (authorization !== undefined) shared['authorization'] = authorization;
  // An environment variable that is not needed may be missing.
  else if (!ownNames.has('authorization') && !ownNames.has(keyHeader ?? 'authorization')) {
    const read = secrets.read(token, 'load.request.token', bearerTokenSchema);
    if (keyHeader === undefined) shared['authorization'] = `Bearer ${read}`;
    else shared[keyHeader] = read;
  }
  for (const [name, value] of Object.entries(headers)) {
    const key = `load.request.headers.${name}`;
    shared[name.toLowerCase()] = secrets.read(value, key, headerValueSchema);
  }
  for (const [name, value] of Object.entries(extraHeaders)) {
    // autocannon writes headers unchecked: a line end in a value would add a header.
    validateHeaderName(name);
    validateHeaderValue(name, value);
    shared[name.toLowerCase()] = value;
  }
  const promptFor = (key: string, own = prompt) => (keyInPrompt ? withKey(own, key) : own);
  const bodyFor = (key: string, own?: string) =>
    JSON.stringify(requestBody(request, promptFor(key, own), key));
  // In the specified format all bodies are equal, unless they have prompts of their own.
  const common = dialect === undefined && !keyInPrompt ? bodyFor('') : undefined;
  return {
    dialect: request.dialect,
    transport,
    httpVersion,
    format: streamFormatOf(dialect, { keepsAnswers, overWebSocket: transport === 'websocket' }),
    requestFor(path, key, own) {
      const headers = { ...shared, [keyMetadata]: key };
      if (own !== null && 'body' in own) return { path, headers, body: own.body };
      if (transport === 'get') {
        const fields = { prompt: promptFor(key, own?.prompt), model };
        return { path: pathOfGet(path, fields), headers, body: '' };
      }
      const body = own === null ? (common ?? bodyFor(key)) : bodyFor(key, own.prompt);
      return { path, headers, body };
    },
    bodyOf: (conversation) => JSON.stringify(conversationBody(request, conversation)),
    redact: secrets.redact,
  };
}
