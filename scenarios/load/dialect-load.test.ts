import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { dialectNames, type DialectName } from '../../proto/dialects/dialect.ts';
import { countOutcomes, detailsOf, oneEach } from './testing/load-runs.ts';
import { providerStreams, type ProviderStreams } from './testing/provider-streams.ts';
import {
  chunk,
  lastChunk,
  plainAnswer,
  refusingUrl,
  startRawServer,
  streamHead,
} from './testing/raw-server.ts';
import { loadSchema } from './profile/profile.ts';
import { runLoad } from './run-load.ts';

type Answer = (provider: ProviderStreams) => string | Buffer;

const stream =
  (...names: ('opening' | 'final' | 'error' | 'more')[]): Answer =>
  (provider) => {
    const body = names.map((name) => provider[name]).join('');
    // Cut in two in the middle of a character and of an event.
    const bytes = Buffer.from(body);
    const middle = bytes.indexOf('ö') + 1;
    const pieces = [bytes.subarray(0, middle), bytes.subarray(middle)];
    return Buffer.concat([
      Buffer.from(streamHead),
      ...pieces.map((piece) => chunk(piece)),
      Buffer.from(lastChunk),
    ]);
  };

async function load(dialect: DialectName, answer: Answer, changes = {}) {
  const provider = providerStreams[dialect];
  const server = await startRawServer((_, socket) => void socket.write(answer(provider)));
  const profile = oneEach(6, {
    request: loadSchema.parse({ request: { dialect } }).request,
    ...changes,
  });
  const url = new URL(provider.path, server.url).href;
  const { samples } = await runLoad({ url, profile });
  await server.deserted();
  return { samples, requests: server.requests, provider };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test.each(dialectNames)(
  '%s: complete streams have their text, and count as completed',
  async (name) => {
    const { samples } = await load(name, stream('opening', 'final'));
    expect(countOutcomes(samples)).toEqual({ completed: 6 });
    for (const { textSha256, arrivals, pings } of samples) {
      expect(textSha256).toBe(sha256('Hello, wörld'));
      expect(arrivals.map(({ chars }) => chars)).toEqual([7, 12]);
      expect(pings).toBe(name === 'anthropic-messages' ? 1 : 0);
    }
  },
);

test.each(['openai-responses', 'anthropic-messages'] as const)(
  '%s: [DONE] of a proxy changes nothing: neither a complete stream nor one without its final event',
  async (name) => {
    const done = 'data: [DONE]\n\n';
    const { samples } = await load(name, (provider) =>
      stream('opening', 'final')({ ...provider, final: provider.final + done }),
    );
    expect(countOutcomes(samples)).toEqual({ completed: 6 });
    const { samples: without } = await load(name, (provider) =>
      stream('opening', 'final')({ ...provider, final: done }),
    );
    expect(countOutcomes(without)).toEqual({ cut: 6 });
  },
);

test.each(dialectNames)('%s: an orderly end without the final event is cut', async (name) => {
  const { samples, provider } = await load(name, stream('opening'));
  expect(countOutcomes(samples)).toEqual({ cut: 6 });
  expect(detailsOf(samples)).toEqual([`body ended without ${provider.finalName}`]);
});

test.each(dialectNames)('%s: an error event fails the stream', async (name) => {
  const { samples, provider } = await load(name, stream('opening', 'error'));
  expect(countOutcomes(samples)).toEqual({ failed: 6 });
  expect(detailsOf(samples)).toEqual([provider.errorDetail]);
});

test.each(dialectNames)('%s: text after the final event is malformed', async (name) => {
  const { samples } = await load(name, stream('opening', 'final', 'more'));
  expect(countOutcomes(samples)).toEqual({ malformed: 6 });
});

test.each(dialectNames)('%s: data that is not JSON is malformed', async (name) => {
  const { samples } = await load(name, (provider) =>
    Buffer.concat([
      Buffer.from(streamHead),
      chunk(`${provider.opening}data: {"choices": [\n\n${provider.final}`),
      Buffer.from(lastChunk),
    ]),
  );
  expect(countOutcomes(samples)).toEqual({ malformed: 6 });
  expect(detailsOf(samples)).toEqual(['data of an event']);
});

test.each(dialectNames)(
  '%s: an HTTP error is rejected, by its name in the format',
  async (name) => {
    const { samples } = await load(name, ({ rejection: { status, body } }) =>
      plainAnswer(status, 'application/json', body),
    );
    expect(countOutcomes(samples)).toEqual({ rejected: 6 });
    expect(detailsOf(samples)).toEqual([providerStreams[name].rejection.detail]);
  },
);

test.each(dialectNames)(
  '%s: streams that stop stall, and those that break are reset',
  async (name) => {
    const { opening } = providerStreams[name];
    const stalled = await load(
      name,
      () => Buffer.concat([Buffer.from(streamHead), chunk(opening)]),
      {
        idleLimitMs: 500,
      },
    );
    expect(countOutcomes(stalled.samples)).toEqual({ stalled: 6 });

    const server = await startRawServer((_, socket) => {
      socket.write(Buffer.concat([Buffer.from(streamHead), chunk(opening)]), () =>
        socket.resetAndDestroy(),
      );
    });
    const request = loadSchema.parse({ request: { dialect: name } }).request;
    const { samples } = await runLoad({ url: server.url, profile: oneEach(6, { request }) });
    expect(countOutcomes(samples)).toEqual({ reset: 6 });
  },
);

test.each(dialectNames)('%s: refused connections are counted', async (name) => {
  const request = loadSchema.parse({ request: { dialect: name } }).request;
  const { samples } = await runLoad({
    url: await refusingUrl(),
    profile: oneEach(6, { request }),
  });
  expect(countOutcomes(samples)).toEqual({ refused: 6 });
});

test.each(dialectNames)(
  '%s: arrivals of an open load are counted as streams of slots',
  async (name) => {
    const provider = providerStreams[name];
    const answers = ['final', 'none', 'error'] as const;
    let count = 0;
    const server = await startRawServer((_, socket) => {
      const how = answers[count++ % 3] ?? 'none';
      const names = how === 'none' ? (['opening'] as const) : (['opening', how] as const);
      socket.write(stream(...names)(provider));
    });
    const profile = loadSchema.parse({
      arrivals: { perSecond: 100, law: 'constant' },
      total: 12,
      ramp: '0s',
      request: { dialect: name },
    });
    const { samples } = await runLoad({ url: server.url, profile });
    expect(countOutcomes(samples)).toEqual({ completed: 4, cut: 4, failed: 4 });
  },
);

test('requests are those of the providers’ clients', async () => {
  const bodies: Record<string, unknown> = {};
  const heads: Record<string, unknown> = {};
  for (const name of dialectNames) {
    const { requests } = await load(name, stream('opening', 'final'), {
      request: loadSchema.parse({
        request: { dialect: name, prompt: 'Hi', model: 'm', token: 'k', body: { temperature: 0 } },
      }).request,
    });
    const [first] = requests;
    bodies[name] = JSON.parse(first?.body ?? '');
    const { authorization, 'x-api-key': key, 'anthropic-version': version } = first?.headers ?? {};
    heads[name] = { path: first?.path, authorization, key, version };
  }
  const bearer = { authorization: 'Bearer k', key: undefined, version: undefined };
  expect(heads).toEqual({
    'openai-chat': { path: '/v1/chat/completions', ...bearer },
    'openai-responses': { path: '/v1/responses', ...bearer },
    'anthropic-messages': {
      path: '/v1/messages',
      authorization: undefined,
      key: 'k',
      version: '2023-06-01',
    },
    'ai-sdk-ui': { path: '/api/chat', ...bearer },
  });
  const messages = [{ role: 'user', content: 'Hi' }];
  expect(bodies).toEqual({
    'openai-chat': { model: 'm', messages, stream: true, temperature: 0 },
    'openai-responses': { model: 'm', input: 'Hi', stream: true, temperature: 0 },
    'anthropic-messages': { model: 'm', max_tokens: 4096, messages, stream: true, temperature: 0 },
    'ai-sdk-ui': {
      id: expect.stringMatching(/^load-\d-0$/),
      model: 'm',
      messages: [
        {
          id: expect.stringMatching(/^load-\d-0-\d-user$/),
          role: 'user',
          parts: [{ type: 'text', text: 'Hi' }],
        },
      ],
      trigger: 'submit-message',
      temperature: 0,
    },
  });
});
