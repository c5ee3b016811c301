import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test, vi } from 'vitest';

import { checkSubject, type Subject } from './check-subject.ts';
import type { Clause } from './clause.ts';
import { departed, kept } from './judgement.ts';
import { numbersSchema } from './numbers.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';

type Name = 'first' | 'second' | 'third';

const clause = (id: string, probe: Name): Clause<Name, string> => ({
  id,
  title: id,
  says: '',
  probes: [probe],
  judge: (see) =>
    see(probe) === 'wrong' ? departed({ expected: 'right', seen: 'wrong' }) : kept(see(probe)),
});

const message = 'it ended (exit code 1)\n  command\n  the last line';

/** A subject that ends at its third probe; the second one ends with it, and sees what is wrong. */
const ending: Subject<Name, string> = {
  clauses: [clause('A1', 'first'), clause('A2', 'second'), clause('A3', 'third')],
  // Each alone, one after the other.
  probes: Object.fromEntries(
    ['first', 'second', 'third'].map((name) => [name, { does: '', runs: 'alone' }]),
  ) as Subject<Name, string>['probes'],
  async probe(name) {
    if (name === 'first') return 'right';
    // The first one was seen long before the end.
    if (name === 'second') {
      await sleep(1100);
      return 'wrong';
    }
    throw new RehearsalError('ended', message);
  },
  latenessOf: () => 0,
  timed: new Set(),
  dependsOnUs: new Set(),
};

const options = {
  numbers: numbersSchema.parse({}),
  chosen: () => true,
  signal: new AbortController().signal,
};

test('a subject that ends is judged by what was seen a second before', async () => {
  const onEnded = vi.fn<(words: string) => void>();
  const results = await checkSubject(ending, { ...options, onEnded });
  expect(results.map(({ clause: { id }, judgement }) => [id, judgement])).toEqual([
    ['A1', kept('right')],
    ['A2', { is: 'not testable', reason: 'it ended (exit code 1)' }],
    ['A3', { is: 'not testable', reason: 'it ended (exit code 1)' }],
  ]);
  expect(onEnded).toHaveBeenCalledExactlyOnceWith(message);
});

test('a subject that ends before anything was seen is an error', async () => {
  const probe = () => Promise.reject(new RehearsalError('ended', message));
  await expect(checkSubject({ ...ending, probe }, options)).rejects.toThrow(message);
});
