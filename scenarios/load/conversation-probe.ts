import type { Answer } from '../../proto/dialects/answer.ts';
import type { StreamSample } from '../../reports/sample.ts';
import {
  createStreamProbe,
  type ProbeContext,
  type StreamProbe,
  type StreamRequest,
} from './client/stream-probe.ts';
import {
  conversationKeyOf,
  firstRequest,
  nextRequest,
  type Conversation,
  type ConversationRequest,
} from './profile/conversation.ts';
import type { RequestTemplate } from './request.ts';

/** What a probe needs to hold conversations. */
export interface ConversationContext {
  conversation: Conversation;
  bodyOf: RequestTemplate['bodyOf'];
  /** Called before each request after the first; returns false for one that may not start. */
  mayContinue(startAtMs: number): boolean;
}

/**
 * Runs one conversation at a time: a stream for each request, each with its sample. A stream that does not
 * complete ends the conversation, since its next request would depend on what is missing.
 * @param mayStart whether the load has a place for another stream at this time
 * @param onEnd receives the last sample of each conversation
 */
export function createConversationProbe(
  slot: number,
  load: ProbeContext,
  { conversation, bodyOf, mayContinue }: ConversationContext,
  mayStart: (startAtMs: number) => boolean,
  onEnd: (sample: StreamSample) => void,
): StreamProbe {
  let id = '';
  let current = firstRequest(conversation);
  let timer: NodeJS.Timeout | undefined;
  const probe = createStreamProbe(slot, load, onStreamEnd);

  function send(request: ConversationRequest, startAtMs: number): void {
    current = request;
    const { messages, turn, step, number } = request;
    const stream: StreamRequest = { body: bodyOf({ messages, id }), turn, step };
    probe.start(conversationKeyOf(id, number), startAtMs, stream);
  }

  function onStreamEnd(sample: StreamSample, answer?: Answer): void {
    const next =
      sample.outcome === 'completed' && answer !== undefined
        ? nextRequest(conversation, current, answer)
        : undefined;
    const startAtMs = load.clock() + (next?.pauseMs ?? 0);
    if (next === undefined || !mayStart(startAtMs) || !mayContinue(startAtMs)) {
      onEnd(sample);
      return;
    }
    // Never synchronously: the parser may be within the bytes that ended the previous stream.
    timer = setTimeout(send, next.pauseMs, next.request, startAtMs);
  }

  return {
    start(key, startAtMs) {
      id = key;
      send(firstRequest(conversation), startAtMs);
    },
    checkLimits: probe.checkLimits,
    close() {
      clearTimeout(timer);
      return probe.close();
    },
  };
}
