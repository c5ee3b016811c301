import type { z } from 'zod';

import type { behaviourSchema } from '../../mock-agent/plan/behaviour.ts';

export type BehaviourInput = z.input<typeof behaviourSchema>;

/** What is known of each probe. */
export interface ProbeFacts {
  /** What is sent, and to whom: for reports. */
  does: string;
  /** `alone`: times are judged, so nothing runs beside it. `long`: it is idle, so everything may. */
  runs?: 'alone' | 'long';
}

/** A request that shows whether clauses are kept. */
export interface Probe extends ProbeFacts {
  behaviour: BehaviourInput;
  /** The behaviour of each request in turn, in place of the one above. */
  variants?: readonly BehaviourInput[];
  /** A2's POST by default. */
  request?: ProbeRequest;
  /** Reads to the end by default. */
  act?: ProbeAct;
  /** When the client gives up; after 10 s by default. */
  limitMs?: number;
  /** How often the request is repeated, one after another; once by default. */
  times?: number;
  /** How many are open at the same time, started so far apart; one by default. */
  atOnce?: { streams: number; apartMs: number };
  /** Whether all requests use one connection. */
  oneConnection?: true;
  /** Replaces the marked prompt, and is recognised as a whole. */
  prompt?: string;
}

export type ProbeRequest =
  /** `fields` are added to `{prompt, model, stream: true}`; undefined leaves a field out. */
  | { via: 'post'; fields?: Readonly<Record<string, unknown>>; rawBody?: string }
  /** A3's GET. */
  | { via: 'get' }
  | { via: 'websocket' };

/** What the client does with the response. */
export type ProbeAct =
  | { act: 'read' }
  /** Closes the connection so long after the first message. */
  | { act: 'leave'; afterFirstMs: number }
  /** Reads nothing until the agent has sent nothing more for a time, then the rest. */
  | { act: 'stop reading'; untilQuietMs: number };
