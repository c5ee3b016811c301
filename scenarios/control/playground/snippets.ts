import { dialectNamed } from '../../../proto/dialects/index.ts';
import { generatePath } from '../../../proto/interface.ts';
import { userMessage } from '../../../proto/parts.ts';
import { bearer, isDialect, withToken, type Format, type GenerationRequest } from './request.ts';

/** Stands for the token, which must not be copied with a command. */
const placeholder = 'YOUR_TOKEN';

/** What a snippet is made from. */
interface Parts {
  /** `http://host:port` of this server. */
  origin: string;
  /** Of the specified interface, without a query. */
  url: string;
  /** With the whole request in its query. */
  getUrl: string;
  webSocketUrl: string;
  format: Format;
  body: GenerationRequest['body'];
  /** The choice as headers, such as `x-rehearsal-fault`. */
  headers: Record<string, string>;
  /** Empty where the request has none. */
  token: string;
  scenario: string | undefined;
  fault: string | undefined;
}

const js = (value: unknown) => JSON.stringify(value);

/** An object literal over several lines, or on one if it is short. */
function literal(value: Record<string, unknown>, indent = ''): string {
  const fields = Object.entries(value).map(([key, each]) => `${nameOf(key)}: ${js(each)}`);
  const line = `{ ${fields.join(', ')} }`;
  if (fields.length === 0) return '{}';
  if (line.length < 60) return line;
  return `{\n${fields.map((field) => `${indent}  ${field},\n`).join('')}${indent}}`;
}

const nameOf = (key: string) => (/^[a-z]\w*$/i.test(key) ? key : js(key));

/** A fault as a test writes it: a name, or an object. */
function faultLiteral(fault: string): string {
  return fault.startsWith('{') || fault.startsWith('[') ? fault : js(fault);
}

const chosen = ({ scenario, fault }: Parts) =>
  [
    ...(scenario === undefined ? [] : [`scenario: ${js(scenario)}`]),
    ...(fault === undefined ? [] : [`fault: ${faultLiteral(fault)}`]),
  ].join(', ');

const snippets = {
  curl({ url, origin, format, body, headers, token }: Parts) {
    const address = isDialect(format) ? origin + dialectNamed(format).path : url;
    const json = isDialect(format)
      ? dialectNamed(format).dialect.writeRequest({
          messages: [userMessage(body.prompt)],
          model: body.model ?? 'any',
          id: 'chat-1',
        })
      : body;
    const all = {
      'Content-Type': 'application/json',
      ...(isDialect(format) ? dialectNamed(format).dialect.requestHeaders : {}),
      ...headers,
      ...bearer(token),
    };
    const lines = Object.entries(all).map(([name, value]) => `  -H ${quote(`${name}: ${value}`)}`);
    return [`curl -N ${quote(address)}`, ...lines, `  -d ${quote(js(json))}`].join(' \\\n');
  },
  fetch({ url, body, headers, token }: Parts) {
    const all = {
      'Content-Type': 'application/json',
      ...headers,
      ...bearer(token),
    };
    return `const response = await fetch(${js(url)}, {
  method: 'POST',
  headers: ${literal(all, '  ')},
  body: ${js(js(body))},
});
// server-sent events in response.body, or an error as JSON if response.ok is false`;
  },
  eventsource({ getUrl }: Parts) {
    return `const source = new EventSource(${js(getUrl)});
source.addEventListener('message', ({ data }) => {
  const { delta, isFinal } = JSON.parse(data);
  console.log(delta);
  if (isFinal) source.close();
});
source.addEventListener('error', ({ data }) => {
  if (data) source.close(); // the server's own error; without data the connection was lost
});`;
  },
  websocket({ webSocketUrl, body }: Parts) {
    return `const socket = new WebSocket(${js(webSocketUrl)});
socket.addEventListener('open', () => socket.send(${js(js(body))}));
socket.addEventListener('message', ({ data }) => console.log(JSON.parse(data)));`;
  },
  client({ url, body, headers, token }: Parts) {
    const options = { ...body, ...(token === '' ? {} : { token }), headers };
    return `import { generate } from 'rehearsal/client';

const options = ${literal(options)};
for await (const { delta } of generate(${js(url)}, options)) console.log(delta);`;
  },
  'openai, chat': ({ origin, body, headers, token }: Parts) =>
    `import OpenAI from 'openai';

const openai = new OpenAI({ baseURL: ${js(`${origin}/v1`)}, apiKey: ${js(token || 'any')} });
const stream = await openai.chat.completions.create(
  { model: ${js(body.model ?? 'any')}, messages: ${messages(body)}, stream: true },
  { headers: ${literal(headers, '  ')} },
);
for await (const chunk of stream) console.log(chunk.choices[0]?.delta?.content ?? '');`,
  'openai, responses': ({ origin, body, headers, token }: Parts) =>
    `import OpenAI from 'openai';

const openai = new OpenAI({ baseURL: ${js(`${origin}/v1`)}, apiKey: ${js(token || 'any')} });
const stream = await openai.responses.create(
  { model: ${js(body.model ?? 'any')}, input: ${js(body.prompt)}, stream: true },
  { headers: ${literal(headers, '  ')} },
);
for await (const event of stream) {
  if (event.type === 'response.output_text.delta') console.log(event.delta);
}`,
  anthropic: ({ origin, body, headers, token }: Parts) =>
    `import Anthropic from '@anthropic-ai/sdk';

const anthropic = new Anthropic({ baseURL: ${js(origin)}, apiKey: ${js(token || 'any')} });
const stream = anthropic.messages.stream(
  { model: ${js(body.model ?? 'any')}, max_tokens: 1000, messages: ${messages(body)} },
  { headers: ${literal(headers, '  ')} },
);
stream.on('text', (delta) => console.log(delta));
await stream.finalMessage();`,
  'ai (AI SDK)': ({ origin, body, headers, token }: Parts) =>
    `import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';

const openai = createOpenAI({ baseURL: ${js(`${origin}/v1`)}, apiKey: ${js(token || 'any')} });
const { textStream } = streamText({
  model: openai.chat(${js(body.model ?? 'any')}),
  prompt: ${js(body.prompt)},
  headers: ${literal(headers, '  ')},
});
for await (const delta of textStream) console.log(delta);`,
  useChat: ({ origin, headers, token }: Parts) =>
    `import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport } from 'ai';

const transport = new DefaultChatTransport({
  api: ${js(`${origin}/api/chat`)},
  headers: ${literal({ ...headers, ...bearer(token) }, '  ')},
});
const { messages, sendMessage, error } = useChat({ transport });`,
  vitest: (parts: Parts) =>
    `import { expect } from 'vitest';
import { rehearsalTest } from 'rehearsal/vitest';

const test = rehearsalTest({ speed: 10 });

test('the page says what went wrong', async ({ rehearsal }) => {
  await rehearsal.next({ ${chosen(parts)} });
  // … start your client with rehearsal.endpoint, then:
  await expect.poll(() => rehearsal.requests()).toHaveLength(1);
});`,
  playwright: (parts: Parts) =>
    `import { expect, rehearsalTest } from 'rehearsal/playwright';

const test = rehearsalTest({ inPlaceOf: ${js(parts.origin)} });

test('the page says what went wrong', async ({ page, rehearsal }) => {
  await rehearsal.next({ ${chosen(parts)} });
  await page.goto('http://localhost:5173');
  // … send a prompt as your users do, then:
  await expect(page.getByRole('status')).toHaveText(/try again/);
});`,
};

const messages = ({ prompt }: GenerationRequest['body']) =>
  `[{ role: 'user', content: ${js(prompt)} }]`;

export type SnippetKind = keyof typeof snippets;

/** Every kind of snippet, in the order of the menu. */
// `Object.keys` cannot know that there are no other keys.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
export const snippetKinds = Object.keys(snippets) as SnippetKind[];

/** Returns code or a command that sends the same request. */
export function snippetOf(kind: SnippetKind, format: Format, request: GenerationRequest): string {
  const { query, body } = request;
  const token = request.token && placeholder;
  const queryWithToken = withToken(query, token);
  const getFields = { stream: 'true', ...body, ...Object.fromEntries(queryWithToken) };
  return snippets[kind]({
    origin: location.origin,
    url: addressOf(new URLSearchParams()),
    getUrl: addressOf(new URLSearchParams(getFields)),
    webSocketUrl: addressOf(queryWithToken).replace(/^http/, 'ws'),
    format,
    body,
    headers: Object.fromEntries(
      [...query].map(([name, value]) => [`x-rehearsal-${name}`, toHeader(value)]),
    ),
    token,
    scenario: query.get('scenario') ?? undefined,
    fault: query.get('fault') ?? undefined,
  });
}

/** Percent-encodes what a header cannot carry. */
function toHeader(value: string): string {
  return /^[ -$&-~]*$/.test(value) ? value : encodeURIComponent(value);
}

function addressOf(query: URLSearchParams): string {
  const text = query.toString();
  return `${location.origin}${generatePath}${text && `?${text}`}`;
}

/** Quotes a word for a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
