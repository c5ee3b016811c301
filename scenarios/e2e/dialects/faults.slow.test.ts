import { expect, test } from 'vitest';

import { readRaw, type RawAnswer } from '../../../gateway/testing/read-raw.ts';
import { exampleSettings, settingsKeys } from '../../../mock-agent/faults/describe-faults.ts';
import { faultNames } from '../../../mock-agent/faults/all-faults.ts';
import { faultSchema, hasTrait } from '../../../mock-agent/faults/index.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { planStream, type StreamPlan } from '../../../mock-agent/plan/plan.ts';
import { textThroughWire } from '../../../mock-agent/plan/text-through-wire.ts';
import { errorCodes, errorKinds } from '../../../proto/error-codes.ts';
import { eventEffects, eventFaultsOf, wireFaultOf } from '../../../proto/wire-fault.ts';
import { predictOutcome } from '../../expect/predict-outcome.ts';
import {
  dialectForms,
  readHead,
  readStreamBody,
  readWholeBody,
  streamedForms,
  type DialectForm,
} from '../support/dialect-forms.ts';
import { startInProcess } from '../support/in-process-stack.ts';

/**
 * Every fault in every dialect, streamed and whole: the bytes of a plain socket against the plan. A new
 * fault or dialect is in it by itself.
 */

/** How many times faster streams run; slower where the text before a break has to arrive before it. */
const speedOf = (name: string) => (hasTrait({ name }, 'reachesOthers') ? 5 : 100);

/** For how long nothing comes before a stream counts as stalled: no other stream waits for that. */
const idleMsOf = (name: string) => (hasTrait({ name }, 'neverEnds') ? 5000 : 60_000);

/** The places of a fault that has one, and its other settings that have a fixed set of values. */
function variantsOf(name: string): object[] {
  const example = exampleSettings(name);
  const base = typeof example === 'object' && example !== null ? example : {};
  const keys = settingsKeys(name);
  // A connection that breaks at the start may break before the agent's first word has left.
  const first = hasTrait({ name }, 'reachesOthers') ? [] : ['start'];
  const places = keys.includes('at') ? [...first, { chars: 30 }, 'end'] : [undefined];
  return places
    .map((at) => (at === undefined ? base : { ...base, at }))
    .flatMap((settings) =>
      keys.includes('midEvent') ? [settings, { ...settings, midEvent: true }] : [settings],
    )
    .filter((settings) => faultSchema.safeParse({ [name]: settings }).success);
}

const cases = faultNames.flatMap((name) =>
  variantsOf(name).map((settings) => ({ name, settings, words: JSON.stringify(settings) })),
);

test('every fault is tried', () => {
  expect(new Set(cases.map(({ name }) => name))).toEqual(new Set(faultNames));
});

/** Fails unless each fault strikes in one case at least. */
test.each(faultNames)('%s strikes a stream of the size used here', (name) => {
  const struck = cases
    .filter((each) => each.name === name)
    .map(({ settings }) => planOf(behaviourOf(name, settings), 'k', speedOf(name)).faults);
  expect(struck).toContainEqual([name]);
});

test.each(cases)('$name $words is in every dialect as planned', async ({ name, settings }) => {
  const behaviour = behaviourOf(name, settings);
  const isAlone = hasTrait({ name }, 'reachesOthers');
  const tryForm = async (url: string, form: DialectForm) => {
    const plan = planOf(behaviour, form.name, speedOf(name));
    const raw = await readRaw(url, form.path, {
      body: form.body('hello'),
      headers: { 'x-rehearsal-key': form.name, 'x-rehearsal-speed': String(speedOf(name)) },
      idleMs: idleMsOf(name),
    });
    const seen = form.isStreamed ? seenOfStream(form, raw) : seenOfWhole(form, raw);
    const planned = form.isStreamed ? plannedStream(plan) : plannedWhole(plan);
    return { form: form.name, seen, planned };
  };
  const tried: Awaited<ReturnType<typeof tryForm>>[] = [];
  // What some faults do to their own stream shows only while no other is open.
  const groups = isAlone ? dialectForms.map((form) => [form]) : [dialectForms];
  for (const forms of groups) {
    const { gateway, close } = await startInProcess(behaviour, {
      wireFaults: true,
      // However busy this machine is: a fault of the wire has to be known before a stream is open.
      acceptWaitMs: 30_000,
    });
    tried.push(...(await Promise.all(forms.map((form) => tryForm(gateway.url, form)))));
    await close();
  }
  expect(tried.map(({ form, seen }) => ({ form, ...seen }))).toEqual(
    tried.map(({ form, planned }) => ({ form, ...planned })),
  );
});

/** The pieces in which the body of a healthy stream with a fault of its layout comes. */
async function piecesOf(form: DialectForm, fault: object) {
  const { gateway } = await startInProcess(
    { text: { generate: { chars: 60 } }, faults: [fault] },
    { wireFaults: true, acceptWaitMs: 30_000 },
  );
  const raw = await readRaw(gateway.url, form.path, {
    body: form.body('hello'),
    headers: { 'x-rehearsal-speed': '20' },
  });
  expect(readStreamBody(form.dialect, raw.body)).toMatchObject({ isComplete: true });
  return { ...raw, pieces: raw.chunks.map(String) };
}

/** Server-sent events in a text. */
const eventsIn = (text: string) => text.split('\n\n').length - 1;

test.each(streamedForms)('$name: layouts are on the wire as they are named', async (form) => {
  const torn = await piecesOf(form, { tornFrames: {} });
  expect(new Set(torn.chunks.map(({ length }) => length))).toEqual(new Set([1]));

  const glued = await piecesOf(form, { gluedFrames: { events: 4 } });
  for (const piece of glued.pieces) expect(piece).toMatch(/\n\n$/);
  for (const piece of glued.pieces.slice(0, -1)) expect(eventsIn(piece)).toBeGreaterThanOrEqual(4);

  const buffered = await piecesOf(form, { bufferedBody: {} });
  expect(buffered.pieces).toHaveLength(1);
  expect(eventsIn(buffered.body)).toBeGreaterThan(5);

  const crlf = await piecesOf(form, { crlf: {} });
  expect(crlf.body).toContain('\r\n\r\n');
  expect(crlf.body.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
});

test.each(streamedForms)('$name: pings come where the format has them', async (form) => {
  const pingsWith = async (faults: object[]) => {
    const { gateway } = await startInProcess(
      {
        text: { generate: { chars: 60 } },
        faults: [{ stall: { at: { chars: 30 }, for: '1s' } }, ...faults],
      },
      { wireFaults: true, pingIntervalMs: 100, acceptWaitMs: 30_000 },
    );
    const raw = await readRaw(gateway.url, form.path, {
      body: form.body('hello'),
      headers: { 'x-rehearsal-speed': '1' },
    });
    expect(readStreamBody(form.dialect, raw.body)).toMatchObject({ isComplete: true });
    return raw.body.split(/event: ping\ndata: \{"type":"ping"\}\n\n/).length - 1;
  };
  const pings = await pingsWith([]);
  // The others stay silent, as their providers do.
  expect(pings > 0).toBe(form.dialect.name === 'anthropic-messages');
  expect(await pingsWith([{ noPings: {} }])).toBe(0);
});

function behaviourOf(name: string, settings: object) {
  return {
    text: { generate: { chars: 60 } },
    firstToken: '100ms',
    interToken: '10ms',
    faults: [{ [name]: settings }],
  };
}

function planOf(behaviour: object, key: string, speed: number): StreamPlan {
  const request = { scenario: 'test', key, prompt: 'hello', model: 'any', speed };
  return planStream(behaviourSchema.parse(behaviour), 1, request);
}

/** What a client has of an answer in the end. */
interface Seen {
  status: number;
  outcome: string;
  /** Undefined where there is none to compare. */
  text?: string | undefined;
  contentType?: string | undefined;
  retryAfter?: string | undefined;
  error?: string | undefined;
}

function seenOfStream({ dialect }: DialectForm, raw: RawAnswer): Seen {
  const { status, headers } = readHead(raw);
  const contentType = headers.get('content-type');
  if (status !== 200) return seenOfRefusal(raw);
  const { text, isMalformed, isComplete, error } = readStreamBody(dialect, raw.body);
  const broken = brokenOff(raw);
  const outcome = isMalformed
    ? 'malformed'
    : error !== undefined
      ? 'failed'
      : isComplete
        ? 'completed'
        : broken;
  return { status, outcome, text, contentType, error };
}

function seenOfWhole({ dialect }: DialectForm, raw: RawAnswer): Seen {
  const { status, headers } = readHead(raw);
  if (raw.head === '' || !raw.whole || raw.ending === 'idle') {
    return { status, outcome: brokenOff(raw) };
  }
  if (status !== 200) return seenOfRefusal(raw);
  if (raw.body === '') return { status, outcome: 'cut' };
  const answer = readWholeBody(dialect, raw.body);
  const contentType = headers.get('content-type');
  return answer === undefined
    ? { status, outcome: 'malformed', contentType }
    : { status, outcome: 'completed', text: answer.text, contentType };
}

function seenOfRefusal(raw: RawAnswer): Seen {
  const { status, headers } = readHead(raw);
  return {
    status,
    outcome: 'rejected',
    contentType: headers.get('content-type')?.split(';')[0],
    retryAfter: headers.get('retry-after'),
  };
}

/** How an answer ended that did not end as its format wants. */
function brokenOff({ ending, whole, head }: RawAnswer): string {
  if (ending === 'idle') return 'stalled';
  return ending === 'end' || (whole && head !== '') ? 'cut' : 'reset';
}

function plannedStream(plan: StreamPlan): Seen {
  const { status, outcome, text } = predictOutcome(plan);
  const contentType = wireFaultOf(plan.wire, 'content-type')?.value ?? 'text/event-stream';
  if (outcome === 'rejected' && status !== 200) return plannedRefusal(plan, status);
  if (outcome === 'rejected') {
    // A client that does not look at the content type has the whole stream.
    const whole = textThroughWire({ ...plan, wire: [] });
    return { status, outcome: 'completed', text: whole, contentType };
  }
  if (wireFaultOf(plan.wire, 'quirk')?.kind === 'no-terminator') {
    return { status, outcome: 'cut', text, contentType };
  }
  const error = outcome === 'failed' ? wordsOf(plan) : undefined;
  return { status, outcome, text, contentType, error };
}

function plannedWhole(plan: StreamPlan): Seen {
  const { wire } = plan;
  const { status, outcome, text, code } = predictOutcome(plan);
  const contentType = wireFaultOf(wire, 'content-type')?.value ?? 'application/json';
  if (outcome === 'rejected' && status !== 200) return plannedRefusal(plan, status);
  if (outcome === 'rejected') {
    const whole = textThroughWire({ ...plan, wire: [] });
    return { status, outcome: 'completed', text: whole, contentType };
  }
  const cut = wireFaultOf(wire, 'cut');
  if (cut !== undefined) {
    return { status: cut.by === 'end' ? 200 : 0, outcome: cut.by === 'reset' ? 'reset' : 'cut' };
  }
  // Nothing is sent before all is there.
  if (outcome === 'stalled') return { status: 0, outcome };
  if (outcome === 'failed') {
    return plannedRefusal(plan, statusOf(code));
  }
  if (eventFaultsOf(wire).some(({ how }) => eventEffects[how].isUnreadable)) {
    return { status, outcome: 'malformed', contentType };
  }
  // A final message that is missing or comes twice shows in a stream alone.
  return { status, outcome: 'completed', text, contentType };
}

function plannedRefusal({ wire }: StreamPlan, status: number): Seen {
  const fault = wireFaultOf(wire, 'status');
  const seconds = fault?.retryAfterSec;
  return {
    status,
    outcome: 'rejected',
    contentType: fault?.body === 'page' ? 'text/html' : expect.any(String),
    retryAfter: seconds === undefined ? undefined : String(seconds),
  };
}

/** Returns the HTTP status of an error by its code. */
function statusOf(code: string | undefined): number {
  return errorKinds[errorCodes.find((each) => each === code) ?? 'INTERNAL'].httpStatus;
}

/** Returns the message that a client gets with an error in the stream: the agent's, if it sent one. */
function wordsOf({ end }: StreamPlan): string {
  if (end.kind === 'status') return end.details;
  // The words for a connection that breaks are the gateway's own.
  return end.kind === 'error-field' ? end.message : expect.any(String);
}
