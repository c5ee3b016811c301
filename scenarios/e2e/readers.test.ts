import { createHash } from 'node:crypto';

import { expect, test } from 'vitest';

import { exampleSettings } from '../../mock-agent/faults/describe-faults.ts';
import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { hasTrait } from '../../mock-agent/faults/index.ts';
import { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';
import { planStream } from '../../mock-agent/plan/plan.ts';
import { expectOutcome } from '../expect/expect-outcome.ts';
import { requestKeyOf, requestSchema } from '../load/request.ts';
import { runLoad } from '../load/run-load.ts';
import { oneEach } from '../load/testing/load-runs.ts';
import { ask } from './support/ask.ts';
import { startInProcess } from './support/in-process-stack.ts';

/**
 * Two readers that share no code but a parser, the load's clients and a plain socket, against the
 * plan: all three have to say the same of every stream, for every fault that there is.
 */
const idleMs = 4000;
const bounds = { idleLimitMs: idleMs, streamLimitMs: 20_000, gatewayLimitMs: 120_000 };

/** Settings that suit streams of 60 characters; a fault that is not here runs with its shortest ones. */
const chosenSettings: Record<string, unknown> = {
  refuse: { status: 'RESOURCE_EXHAUSTED' },
  slowAccept: { for: '300ms' },
  errorStatus: { at: { chars: 30 }, status: 'INTERNAL' },
  errorField: { at: { chars: 30 }, message: 'filtered' },
  stall: { at: { chars: 30 }, for: '250ms' },
  silence: { at: { chars: 30 } },
  hold: { at: { chars: 30 } },
  trickle: { interval: '5ms' },
  burst: {},
  noFinal: {},
  finalTwice: {},
  textAfterFinal: { text: 'late' },
  emptyChunks: { at: { chars: 30 } },
  hugeChunk: { at: { chars: 30 } },
  crash: { at: { chars: 30 } },
  down: { at: { chars: 30 }, for: '200ms' },
  httpStatus: { status: 503, retryAfter: '1s' },
  contentType: {},
  dropConnection: { at: { chars: 30 }, midEvent: true },
  resetConnection: { at: { chars: 30 } },
  truncate: { at: { chars: 30 } },
  malformedJson: { at: { chars: 30 } },
  duplicatedEvent: { at: 'end' },
  swappedEvents: { at: { chars: 30 } },
  missingEvent: { at: { chars: 30 } },
  tornFrames: {},
  gluedFrames: { events: 3 },
  bufferedBody: {},
  crlf: {},
  noPings: {},
  quirk: {},
};

test.each(faultNames)(
  'of streams with %s the load, a plain socket and the plan say the same',
  async (name) => {
    const settings = chosenSettings[name] ?? exampleSettings(name);
    // What such a fault does to its own stream shows only while no other is open.
    const isAlone = hasTrait({ name }, 'reachesOthers');
    const source = {
      text: { generate: { chars: 60 } },
      firstToken: '30ms',
      interToken: '5ms',
      // Where it may, it strikes some and leaves some alone.
      faults: [{ [name]: settings, probability: isAlone ? '100%' : '60%' }],
    };
    const behaviour = behaviourSchema.parse(source);
    const keys = Array.from({ length: isAlone ? 1 : 6 }, (_, slot) => requestKeyOf(slot, 0));
    const plans = keys.map((key) =>
      planStream(behaviour, 1, { scenario: 'test', key, prompt: 'hello', model: 'gpt-4' }),
    );
    expect(plans.flatMap((plan) => plan.faults)).toContain(name);
    const expected = plans.map((plan) => expectOutcome(plan, bounds));

    const seenByLoad = await startInProcess(source, { wireFaults: true });
    const { samples } = await runLoad({
      url: seenByLoad.endpoint,
      profile: oneEach(keys.length, {
        idleLimitMs: idleMs,
        request: requestSchema.parse({ prompt: 'hello' }),
      }),
    });
    expect(
      samples
        .toSorted((a, b) => a.slot - b.slot)
        .map(({ slot, key, outcome, detail, textSha256 }) => ({
          key,
          outcome,
          // In words of its own where the plan has none.
          detail: expected[slot]?.detail === '' ? '' : detail,
          textSha256,
        })),
    ).toEqual(
      expected.map((each, slot) => ({
        key: keys[slot],
        outcome: each?.outcome,
        detail: each?.detail,
        textSha256: sha256(each?.text ?? ''),
      })),
    );

    const seenBySocket = await startInProcess(source, { wireFaults: true });
    const answers = await Promise.all(
      keys.map((key) => ask(seenBySocket.gateway.url, { scenario: 'test', key }, idleMs)),
    );
    expect(answers.map(({ outcome, text }) => ({ outcome, text }))).toEqual(
      expected.map((each) => ({ outcome: each?.outcome, text: each?.text })),
    );
  },
);

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
