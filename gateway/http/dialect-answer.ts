import type { Context } from 'koa';

import type { Dialect, DialectRequest, StreamIdentity } from '../../proto/dialects/dialect.ts';
import { quirksOf } from '../../proto/wire-fault.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import type { Client } from '../generations.ts';
import { dialectFormat } from '../sinks/dialect-format.ts';
import type { SseFormat } from '../sinks/sse.ts';
import { openWholeAnswer, type WholeFormat } from '../sinks/whole-answer.ts';
import { readWireFaults } from '../wire/read-wire-faults.ts';
import { dialectStreamError, exposed } from './dialect-errors.ts';
import { sseOpeners } from './http-client.ts';

interface AnswerOptions {
  dialect: Dialect;
  request: DialectRequest;
  identify: (call: Pick<AgentCall, 'metadata'>) => StreamIdentity;
  /** Whether the agent may ask for faults of the wire. */
  wireFaults: boolean;
  /** Whether the client fetches an answer again: in one piece it has the failure, and no faults of the wire. */
  isRepeated?: boolean;
  /** The number of the last event that the client has, for a format that numbers its events. */
  startingAfter?: number | undefined;
  /** The number of the last event for which faults have struck. */
  readUpTo?: number | undefined;
  /** Called with the number of each event that is written. */
  written?: ((number: number) => void) | undefined;
}

/** Returns how the answer in a dialect is opened, streamed or whole as the request asks. */
export function dialectAnswer(
  { res }: Context,
  { dialect, request, identify, wireFaults, isRepeated = false, ...progress }: AnswerOptions,
): Pick<Client, 'open' | 'openUndecided' | 'keepsChunks' | 'isWhole'> {
  const quirksOfCall = ({ metadata }: AgentCall) =>
    quirksOf(wireFaults ? readWireFaults(metadata) : []);

  const wholeFormat = (call: AgentCall): WholeFormat => {
    const answerWith = (body: unknown) => {
      const headers = exposed(dialect.headers(identify(call)));
      return { status: 200, headers, body };
    };
    return {
      answer: (answer) => answerWith(request.whole?.(answer, identify(call), quirksOfCall(call))),
      error: (error, answer) =>
        isRepeated && request.failed !== undefined
          ? answerWith(request.failed(answer, error, identify(call)))
          : dialectStreamError(dialect, error, identify(describedBy(call))),
    };
  };

  const sseFormat = (call: AgentCall): SseFormat => {
    const { startingAfter, readUpTo, written } = progress;
    return dialectFormat(
      exposed(dialect.headers(identify(call))),
      () => call.metadata !== undefined,
      () => request.encoder(identify(call), { startingAfter, quirks: quirksOfCall(call) }),
      { readUpTo, written },
    );
  };

  if (request.isStreamed) return { keepsChunks: true, ...sseOpeners(res, sseFormat, 0) };
  return {
    keepsChunks: true,
    isWhole: true,
    open: (call, faults) => openWholeAnswer(res, isRepeated ? [] : faults, wholeFormat(call)),
    openUndecided(call) {
      const sink = openWholeAnswer(res, [], wholeFormat(call));
      return isRepeated ? { ...sink, strike() {} } : sink;
    },
  };
}

/** Returns the description of a stream; an agent that fails before anything else sends it with its status. */
function describedBy({ metadata, trailers }: AgentCall): Pick<AgentCall, 'metadata'> {
  return { metadata: metadata ?? trailers };
}
