import { expect, test } from 'vitest';

import { readRaw } from '../../../gateway/testing/read-raw.ts';
import { faultNames } from '../../../mock-agent/faults/all-faults.ts';
import { exampleSettings } from '../../../mock-agent/faults/describe-faults.ts';
import { hasTrait } from '../../../mock-agent/faults/index.ts';
import { behaviourSchema } from '../../../mock-agent/plan/behaviour.ts';
import { dialectNames, type DialectName } from '../../../proto/dialects/dialect.ts';
import { dialectNamed } from '../../../proto/dialects/index.ts';
import { quirks } from '../../../proto/wire-fault.ts';
import { agentRequestOf } from '../../expect/agent-request.ts';
import { answerInDialect } from '../../expect/answer-in-dialect.ts';
import { planOf } from '../../expect/plan-request.ts';
import { requestBody } from '../../load/request.ts';
import { startInProcess } from '../support/in-process-stack.ts';

/** `rehearsal plan --dialect` shows what the gateway sends, byte for byte. */

const base = {
  reasoning: { given: 'First I think.' },
  text: { given: 'Let me look at the weather – 天气 – over there.' },
  toolCalls: [{ name: 'weather', arguments: { city: 'Lisbon' } }],
  firstToken: '5ms',
  interToken: '1ms',
};

const faults = [
  undefined,
  ...faultNames.flatMap((name): object[] => {
    if (name === 'quirk') return quirks.map((kind) => ({ quirk: { kind } }));
    if (name === 'down') return [{ down: { at: { chunks: 2 }, for: '2s' } }];
    return [{ [name]: exampleSettings(name) }];
  }),
];

test.each(faults.map((fault) => ({ fault, words: JSON.stringify(fault) ?? 'no fault' })))(
  '$words: the gateway sends the planned bytes in every dialect',
  async ({ fault }) => {
    const [name = ''] = Object.keys(fault ?? {});
    const behaviour = { ...base, faults: fault === undefined ? [] : [fault] };
    const idleMs = hasTrait({ name }, 'neverEnds') ? 1000 : 20_000;
    const answers = await Promise.all(
      dialectNames.map(async (dialect) => {
        const { planned, answer } = await requestIn(dialect, behaviour, idleMs);
        // The words of the error of a lost connection are those of grpc-js.
        const known = hasTrait({ name }, 'reachesOthers')
          ? planned.body.slice(0, -1)
          : planned.body;
        const text = known.map((bytes) => bytes.text).join('');
        const status = Number(/^HTTP\/1.1 (\d+)/.exec(answer.head)?.[1]);
        return {
          planned: { dialect, status: planned.status, text },
          received: {
            dialect,
            status,
            text: known === planned.body ? answer.body : answer.body.slice(0, text.length),
          },
        };
      }),
    );
    expect(answers.map(({ received }) => received)).toEqual(answers.map(({ planned }) => planned));
    expect(answers.filter(({ planned }) => planned.text === '')).toEqual([]);
  },
);

async function requestIn(dialect: DialectName, behaviour: object, idleMs: number) {
  const { path, dialect: format } = dialectNamed(dialect);
  const written = { dialect, model: 'gpt-4', body: {} };
  const plan = planOf(
    { name: 'test', behaviour: behaviourSchema.parse(behaviour), cases: [], seed: 1 },
    { ...agentRequestOf(written, 'hello'), key: 'k' },
  );
  const body = requestBody(written, 'hello', 'k');
  const { gateway } = await startInProcess(behaviour, { wireFaults: true, acceptWaitMs: 20_000 });
  const answer = await readRaw(gateway.url, path, {
    headers: { 'x-rehearsal-key': 'k' },
    body: JSON.stringify(body),
    idleMs,
  });
  return { planned: answerInDialect(plan, format, body), answer };
}
