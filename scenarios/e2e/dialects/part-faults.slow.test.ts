import { expect, test } from 'vitest';

import { readRaw, type RawAnswer } from '../../../gateway/testing/read-raw.ts';
import { exampleSettings, settingsKeys } from '../../../mock-agent/faults/describe-faults.ts';
import { faultNames } from '../../../mock-agent/faults/all-faults.ts';
import { faultSchema, hasTrait } from '../../../mock-agent/faults/index.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { planStream, type StreamPlan } from '../../../mock-agent/plan/plan.ts';
import type { PlannedChunk } from '../../../mock-agent/planned-stream.ts';
import { answerOf } from '../../../proto/dialects/answer.ts';
import { eventFaultsOf, wireFaultOf } from '../../../proto/wire-fault.ts';
import {
  dialectForms,
  readHead,
  readStreamBody,
  readWholeBody,
  type DialectForm,
} from '../support/dialect-forms.ts';
import { startInProcess } from '../support/in-process-stack.ts';

/**
 * Every fault that has a place, inside the reasoning and inside the arguments of a tool call: the bytes of a
 * plain socket against the plan, in every dialect, streamed and whole.
 */

const args = { city: 'Lisbon', days: 3, units: 'celsius' };

const base = {
  reasoning: { given: 'First I think about it for a while.' },
  text: { given: 'Let me look.' },
  toolCalls: [{ name: 'weather', arguments: args }],
  firstToken: '50ms',
  interToken: '10ms',
  chunkChars: 4,
};

const key = 'k';

function planWith(faults: readonly object[], speed: number): StreamPlan {
  const messages = [{ role: 'user' as const, content: 'hello', toolCalls: [], toolCallId: '' }];
  const request = { scenario: 'test', key, prompt: 'hello', model: 'any', speed, messages };
  return planStream(behaviourSchema.parse({ ...base, faults }), 1, request);
}

const healthy = planWith([], 1).chunks;

/** How many chunks come before a place in the middle of the reasoning, and of the arguments. */
const places = {
  reasoning: 3,
  arguments: healthy.findIndex(({ parts }) => parts?.toolCalls !== undefined) + 3,
};

test('the places are where they are meant to be', () => {
  const sizes = Object.values(places).map((count) =>
    [healthy[count - 1], healthy[count], healthy[count + 1]].map((chunk) => chunk?.parts),
  );
  for (const parts of sizes[0] ?? []) expect(parts?.reasoning).toMatch(/^.{4}/);
  for (const parts of sizes[1] ?? []) expect(parts?.toolCalls?.[0]).toMatchObject({ id: '' });
});

const cases = faultNames
  .filter((name) => settingsKeys(name).includes('at'))
  .flatMap((name) => {
    const example = exampleSettings(name);
    const settings = typeof example === 'object' && example !== null ? example : {};
    return Object.entries(places).flatMap(([where, chunks]) =>
      (settingsKeys(name).includes('midEvent') ? [{}, { midEvent: true }] : [{}]).map((more) => ({
        name,
        where,
        fault: { [name]: { ...settings, ...more, at: { chunks } } },
        words: JSON.stringify(more),
        chunks,
      })),
    );
  })
  .filter(({ fault }) => faultSchema.safeParse(fault).success);

test('every fault with a place is tried at both places', () => {
  const withPlace = faultNames.filter((name) => settingsKeys(name).includes('at'));
  for (const name of withPlace) {
    expect(new Set(cases.filter((each) => each.name === name).map(({ where }) => where))).toEqual(
      new Set(Object.keys(places)),
    );
  }
});

/** Returns what a client reads of the chunks, up to the fault where no client can read on. */
function expected(plan: StreamPlan, count: number) {
  const read = (chunks: readonly PlannedChunk[]) => {
    const { text, reasoning, toolCalls } = answerOf(
      chunks.map((data) => ({ event: 'message', data })),
    );
    return { text, reasoning, toolCalls };
  };
  const { chunks, end, wire } = plan;
  const [before, struck, next, after] = [
    chunks.slice(0, count),
    chunks.slice(count, count + 1),
    chunks.slice(count + 1, count + 2),
    chunks.slice(count + 2),
  ];
  const cut = wireFaultOf(wire, 'cut');
  if (cut !== undefined) return { outcome: cut.by === 'reset' ? 'reset' : 'cut', ...read(before) };
  switch (eventFaultsOf(wire)[0]?.how) {
    case 'malformed':
      return { outcome: 'malformed', ...read(before) };
    case 'missing':
      return { outcome: 'completed', ...read([...before, ...next, ...after]) };
    case 'duplicated':
      return {
        outcome: 'completed',
        ...read([...before, ...struck, ...struck, ...next, ...after]),
      };
    case 'swapped':
      return { outcome: 'completed', ...read([...before, ...next, ...struck, ...after]) };
    case undefined:
      break;
  }
  const outcome =
    end.kind === 'final' ? 'completed' : end.kind === 'silence' ? 'stalled' : 'failed';
  return { outcome, ...read(chunks) };
}

/** What is left of it in an answer in one piece, where a cut leaves nothing. */
function expectedWhole({ dialect }: DialectForm, planned: ReturnType<typeof expected>) {
  if (planned.outcome !== 'completed') return { outcome: planned.outcome };
  if (dialect.name !== 'anthropic-messages') return planned;
  // Arguments are an object there, empty where they cannot be read.
  const toolCalls = planned.toolCalls.map((call) =>
    isJson(call.arguments) ? call : { ...call, arguments: '{}' },
  );
  return { ...planned, toolCalls };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function seenWhole({ dialect }: DialectForm, raw: RawAnswer) {
  if (raw.head === '' || !raw.whole || raw.body === '') return { outcome: brokenOff(raw) };
  if (readHead(raw).status !== 200) return { outcome: 'failed' };
  const answer = readWholeBody(dialect, raw.body);
  if (answer === undefined) return { outcome: 'malformed' };
  const { text, reasoning, toolCalls } = answer;
  return { outcome: 'completed', text, reasoning, toolCalls };
}

/** How an answer ended that did not end as its format wants. */
function brokenOff({ ending, whole, head }: RawAnswer): string {
  if (ending === 'idle') return 'stalled';
  return ending === 'end' || (whole && head !== '') ? 'cut' : 'reset';
}

function seen({ dialect }: DialectForm, raw: RawAnswer) {
  const { text, reasoning, toolCalls, isMalformed, isComplete, error } = readStreamBody(
    dialect,
    raw.body,
  );
  const outcome = isMalformed
    ? 'malformed'
    : error !== undefined
      ? 'failed'
      : isComplete
        ? 'completed'
        : brokenOff(raw);
  return { outcome, text, reasoning, toolCalls };
}

test.each(cases)('$name $words inside the $where strikes there in every dialect', async (each) => {
  const { name, fault, chunks } = each;
  const isAlone = hasTrait({ name }, 'reachesOthers');
  const speed = isAlone ? 1 : 20;
  const plan = planWith([fault], speed);
  expect(plan.faults).toEqual([name]);
  const planned = expected(plan, chunks);
  const groups = isAlone ? dialectForms.map((form) => [form]) : [dialectForms];
  for (const forms of groups) {
    const { gateway, close } = await startInProcess(
      { ...base, faults: [fault] },
      { wireFaults: true, acceptWaitMs: 30_000 },
    );
    const answers = await Promise.all(
      forms.map(async (form) => {
        const raw = await readRaw(gateway.url, form.path, {
          body: form.body('hello'),
          headers: { 'x-rehearsal-key': key, 'x-rehearsal-speed': String(speed) },
          idleMs: hasTrait({ name }, 'neverEnds') ? 5000 : 60_000,
        });
        return { form: form.name, ...(form.isStreamed ? seen(form, raw) : seenWhole(form, raw)) };
      }),
    );
    await close();
    expect(answers).toEqual(
      forms.map((form) => ({
        form: form.name,
        ...(form.isStreamed ? planned : expectedWhole(form, planned)),
      })),
    );
  }
});
