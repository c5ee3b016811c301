import { LRUCache } from 'lru-cache';

import type { DialectRequest } from '../../proto/dialects/dialect.ts';
import type { AgentMessage } from '../agent/agent-interface.ts';

/** A stream that its client may ask for again. */
export interface ResumableStream {
  request: AgentMessage;
  asked: DialectRequest;
  /** Metadata by which the agent repeats it. */
  replay: Readonly<Record<string, string>>;
  /** Code points of text that were sent. */
  sentChars: number;
  /** All was sent, or its error was. */
  isOver: boolean;
}

/** The streams that were started last, by dialect and id. */
export type ResumableStreams = LRUCache<string, ResumableStream>;

const mostStreams = 1000;

/** In code units, of prompts and conversations. */
const mostUnits = 16 * 1_048_576;

/** Keeps them in this process: the formats that resume have the id of a stream and nothing of its request. */
export function createResumableStreams(): ResumableStreams {
  return new LRUCache({
    max: mostStreams,
    maxSize: mostUnits,
    sizeCalculation: ({ request: { prompt, messages = [] } }) =>
      messages.reduce((sum, { content }) => sum + content.length, prompt.length + 1),
  });
}
