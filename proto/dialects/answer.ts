import {
  finishReasons,
  type FinishReason,
  type Parts,
  type ToolCall,
  type ToolCallFragment,
  type Usage,
} from '../parts.ts';
import type { StreamEvent } from '../stream-event.ts';

/** What an event of a stream holds. */
export type Decoded =
  | { type: 'text' | 'reasoning'; text: string }
  | { type: 'tool-call'; fragment: ToolCallFragment }
  | { type: 'finish'; reason: FinishReason }
  | { type: 'usage'; usage: Usage }
  | { type: 'error'; message: string; kind: string }
  /** The stream is over, and complete. */
  | { type: 'end' };

/** A whole answer, put together from its stream. */
export interface Answer {
  text: string;
  reasoning: string;
  toolCalls: readonly ToolCall[];
  finishReason: FinishReason | undefined;
  usage: Usage | undefined;
  /** Why the generation failed. */
  error: string | undefined;
  /** Whether the stream came to its orderly end. */
  isComplete: boolean;
}

/** Puts an answer together piece by piece, in time proportional to its length. */
export interface AnswerBuilder {
  /** Adds what a message carries. */
  message(message: { delta: string; isFinal: boolean; parts?: Parts | undefined }): void;
  decoded(piece: Decoded): void;
  answer(): Answer;
}

export function buildAnswer(): AnswerBuilder {
  let text = '';
  let reasoning = '';
  const calls = new Map<number, ToolCall>();
  let finishReason: FinishReason | undefined;
  let usage: Usage | undefined;
  let error: string | undefined;
  let isComplete = false;

  const addFragment = ({ index, ...fragment }: { index: number } & ToolCall) => {
    const call = calls.get(index) ?? { id: '', name: '', arguments: '' };
    calls.set(index, {
      id: call.id || fragment.id,
      name: call.name || fragment.name,
      arguments: call.arguments + fragment.arguments,
    });
  };

  return {
    message({ delta, isFinal, parts }) {
      text += delta;
      reasoning += parts?.reasoning ?? '';
      for (const fragment of parts?.toolCalls ?? []) addFragment(fragment);
      finishReason = parts?.finishReason ?? finishReason;
      usage = parts?.usage ?? usage;
      isComplete ||= isFinal;
    },
    decoded(piece) {
      switch (piece.type) {
        case 'text':
          text += piece.text;
          return;
        case 'reasoning':
          reasoning += piece.text;
          return;
        case 'tool-call':
          addFragment(piece.fragment);
          return;
        case 'finish':
          finishReason = piece.reason;
          return;
        case 'usage':
          usage = piece.usage;
          return;
        case 'error':
          error = piece.message;
          return;
        case 'end':
          isComplete = true;
      }
    },
    answer: () => ({
      text,
      reasoning,
      toolCalls: [...calls.values()],
      finishReason,
      usage,
      error,
      isComplete,
    }),
  };
}

/** Returns the answer that a list of events carries. */
export function answerOf(events: Iterable<StreamEvent>): Answer {
  const builder = buildAnswer();
  let error: string | undefined;
  for (const event of events) {
    if (event.event === 'message') builder.message(event.data);
    if (event.event === 'error') error = event.data.details || event.data.error;
  }
  return { ...builder.answer(), error };
}

/** Reads a reason by the names that a format has for them; an unknown one counts as `stop`. */
export function readFinishReason(
  names: Readonly<Record<FinishReason, string>>,
  written: string,
): FinishReason {
  return finishReasons.find((reason) => names[reason] === written) ?? 'stop';
}
