import { expect, test } from 'vitest';

import { dialectNames } from '../../../proto/dialects/dialect.ts';
import { loadInFormats, type StackLoad } from '../support/load-stack.ts';

/** A closed load has streams one after another on each connection; an open one starts them when they are due. */

const formats = [undefined, ...dialectNames];
const total = 30;
const closed = { streams: 6, total };
const open = { arrivals: { perSecond: 60, law: 'poisson' }, total };

const text = { text: { generate: { chars: 60 } }, firstToken: '20ms', interToken: '4ms' };

/** Faults by class, with the outcomes of their streams. A fault that ends connections would strike others. */
const classes: readonly { name: string; faults: object[]; outcomes: string[] }[] = [
  { name: 'none', faults: [], outcomes: ['completed'] },
  {
    name: 'a refusal',
    faults: [
      { refuse: { status: 'RESOURCE_EXHAUSTED' }, probability: '40%' },
      { httpStatus: { status: 503 }, probability: '40%' },
    ],
    outcomes: ['completed', 'rejected'],
  },
  {
    name: 'a wrong content type',
    faults: [{ contentType: { type: 'text/html' }, probability: '50%' }],
    outcomes: ['completed', 'rejected'],
  },
  {
    name: 'an error',
    faults: [
      { errorStatus: { at: { chars: 30 }, status: 'INTERNAL' }, probability: '40%' },
      { errorField: { at: { chars: 10 }, message: 'no memory' }, probability: '40%' },
    ],
    outcomes: ['completed', 'failed'],
  },
  {
    name: 'an end of the body',
    faults: [
      { truncate: { at: { chars: 20 } }, probability: '40%' },
      { noFinal: {}, probability: '40%' },
    ],
    outcomes: ['completed', 'cut'],
  },
  {
    name: 'a closed connection',
    faults: [{ dropConnection: { at: { chars: 20 }, midEvent: true }, probability: '50%' }],
    outcomes: ['completed', 'cut'],
  },
  {
    name: 'a reset',
    faults: [{ resetConnection: { at: { chars: 40 } }, probability: '50%' }],
    outcomes: ['completed', 'reset'],
  },
  {
    name: 'a damaged event',
    faults: [
      { malformedJson: { at: { chars: 10 } }, probability: '40%' },
      { finalTwice: {}, probability: '40%' },
    ],
    outcomes: ['completed', 'malformed'],
  },
  {
    name: 'silence',
    faults: [{ silence: { at: { chars: 20 } }, probability: '30%' }],
    outcomes: ['completed', 'stalled'],
  },
  {
    name: 'another layout',
    faults: [{ gluedFrames: { events: 3 } }, { crlf: {} }],
    outcomes: ['completed'],
  },
];

const endsOf = ({ samples }: StackLoad) =>
  samples.map(({ key, outcome, textSha256 }) => [key, outcome, textSha256]);

/** With LONG=1 every class (`make test-long`), else three. */
const tried = process.env['LONG'] === '1' ? classes : classes.slice(0, 3);

test.each(tried)(
  '$name: both engines count the same outcomes in every format',
  async ({ faults, outcomes }) => {
    const behaviour = { ...text, faults };
    // Long enough for a busy machine; only a stream that never ends waits for it.
    const limits = { idleLimit: '6s' };
    const ofClosed = await loadInFormats(behaviour, formats, { ...closed, ...limits });
    const ofOpen = await loadInFormats(behaviour, formats, { ...open, ...limits });
    for (const [index, format] of formats.entries()) {
      const [one, other] = [ofClosed[index], ofOpen[index]];
      const name = format ?? 'specified';
      expect([name, one?.samples.length]).toEqual([name, total]);
      expect([name, other && endsOf(other)]).toEqual([name, one && endsOf(one)]);
      expect([name, other?.expectations?.asForetold]).toEqual([name, total]);
    }
    const seen = new Set(ofOpen.flatMap(({ samples }) => samples.map(({ outcome }) => outcome)));
    expect([...seen].toSorted()).toEqual(outcomes.toSorted());
  },
);
