import { expect, test } from 'vitest';

import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../../mock-agent/plan/plan.ts';
import { answerOf } from '../../../proto/dialects/answer.ts';
import { streamedForms } from '../support/dialect-forms.ts';
import { startInProcess } from '../support/in-process-stack.ts';
import { toolIdAt } from './support/sdk-client.ts';
import { sdkClients } from './support/sdk-clients.ts';

/** How the arguments of tool calls are cut: what the wire carries, and what each SDK makes of it. */

const args = { city: 'Köln "am Rhein"', days: 3 };
const json = JSON.stringify(args);

const callsWith = (fragmentChars: number | 'whole') =>
  ['weather', 'time'].map((name) => ({ name, arguments: args, fragmentChars }));

const variants = [
  {
    cut: 'in one piece',
    behaviour: { toolCalls: callsWith('whole') },
    pieces: [json, json],
    empty: 0,
  },
  {
    cut: 'with an empty first and last fragment',
    behaviour: {
      toolCalls: callsWith(1000),
      faults: [{ quirk: { kind: 'empty-tool-fragments' } }],
    },
    pieces: [json, json],
    // An empty fragment that opens a call may be the plan's own.
    empty: 4,
  },
];

/** The field of an event that has a piece of arguments. */
const fieldOf: Readonly<Record<string, string>> = {
  'openai-chat': 'arguments',
  'openai-responses': 'delta',
  'anthropic-messages': 'partial_json',
  'ai-sdk-ui': 'inputTextDelta',
};

const headers = { 'x-rehearsal-key': 'k', 'x-rehearsal-speed': 'instant' };

test.each(
  variants.flatMap((variant) => streamedForms.map((form) => ({ ...variant, form, ...form }))),
)('$name: arguments come $cut', async ({ behaviour, pieces, empty, form }) => {
  const { gateway } = await startInProcess(behaviour, { wireFaults: true, acceptWaitMs: 30_000 });
  const { body } = await readRaw(gateway.url, form.path, { body: form.body('hello'), headers });
  const events = body
    .split('\n')
    .filter((line) => !/"type":"response[^"]*\.(?:done|added)"/.test(line));
  const field = fieldOf[form.dialect.name] ?? '';
  const found = events.flatMap((line) =>
    [...line.matchAll(new RegExp(`"${field}":("(?:[^"\\\\]|\\\\.)*")`, 'g'))].map(
      ([, piece = '']) => JSON.parse(piece) as string,
    ),
  );
  expect(found.filter((piece) => piece !== '')).toEqual(pieces);
  expect(found.length - pieces.length).toBe(empty);
});

test.each(
  variants.flatMap((variant) =>
    Object.entries(sdkClients).map(([client, ask]) => ({ ...variant, client, ask })),
  ),
)('$client reads arguments that come $cut', async ({ behaviour, client, ask }) => {
  const { gateway } = await startInProcess(behaviour, { wireFaults: true, acceptWaitMs: 30_000 });
  const { toolCalls } = await ask({ url: gateway.url, prompt: 'hello', headers });
  const plan = planStream(behaviourSchema.parse(behaviour), 1, {
    scenario: 'test',
    key: 'k',
    prompt: 'hello',
    model: 'any',
  });
  const planned = answerOf(plan.chunks.map((data) => ({ event: 'message', data }))).toolCalls;
  expect(toolCalls).toEqual(
    planned.map((call) => ({ ...call, id: toolIdAt(client, call.id), arguments: args })),
  );
});
