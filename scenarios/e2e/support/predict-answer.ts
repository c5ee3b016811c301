import type { PlannedChunk } from '../../../mock-agent/planned-stream.ts';
import type { StreamPlan } from '../../../mock-agent/plan/plan.ts';
import { buildAnswer, type Answer } from '../../../proto/dialects/answer.ts';
import { countChars } from '../../../proto/notation/code-points.ts';
import { eventFaultsOf, wireFaultOf } from '../../../proto/wire-fault.ts';
import { predictOutcome } from '../../expect/predict-outcome.ts';

/** The final state of a dialect's client, predicted from the plan. */
export interface PredictedAnswer extends Pick<Answer, 'text' | 'reasoning' | 'toolCalls'> {
  status: number;
  outcome: string;
}

/** A message of a format that shows more than text. */
interface Message {
  chunk: PlannedChunk;
  /** The span of its text, in code points. */
  fromChar: number;
  toChar: number;
  /** Its number among the messages without text. */
  part: number | undefined;
}

/** Predicts a streamed answer, message by message and independent of the gateway. */
export function predictAnswer(plan: StreamPlan): PredictedAnswer {
  const { wire, end } = plan;
  const refusal = wireFaultOf(wire, 'status');
  const status = refusal?.status ?? predictOutcome(plan).status;
  // A client that ignores the content type reads the stream.
  if (refusal !== undefined || plan.acceptAtMs === null) {
    return { status, outcome: 'rejected', text: '', reasoning: '', toolCalls: [] };
  }

  const builder = buildAnswer();
  const read = (...messages: (Message | undefined)[]) => {
    for (const each of messages) if (each !== undefined) builder.message(each.chunk);
  };
  const ended = (how: string): PredictedAnswer => {
    const { text, reasoning, toolCalls } = builder.answer();
    return { status, outcome: how, text, reasoning, toolCalls };
  };

  const cut = wireFaultOf(wire, 'cut');
  const faults = eventFaultsOf(wire);
  let chars = 0;
  let parts = 0;
  let heldBack: Message | undefined;
  const isCut = () =>
    cut !== undefined && chars >= cut.afterChars && parts >= (cut.afterParts ?? 0);

  for (const message of messagesOf(plan)) {
    if (isCut()) break;
    const { chunk, fromChar, toChar, part } = message;
    const fault = faults.find((each) =>
      each.part === undefined
        ? part === undefined && each.fromChar === fromChar && each.toChar === toChar
        : each.part === part,
    );
    if (fault?.how === 'malformed') return ended('malformed');
    const [previous, isHeldBack] = [heldBack, fault?.how === 'swapped'];
    if (isHeldBack) heldBack = message;
    if (fault === undefined) read(message);
    if (fault?.how === 'duplicated') read(message, message);
    chars = toChar;
    if (part !== undefined) parts += 1;
    if (previous !== undefined && previous === heldBack) {
      read(previous);
      heldBack = undefined;
    }
    if (!chunk.isFinal) continue;
    if (fault?.how === 'missing') return ended('cut');
    if (fault?.how === 'duplicated') return ended('malformed');
    return ended(wireFaultOf(wire, 'quirk')?.kind === 'no-terminator' ? 'cut' : 'completed');
  }
  if (cut !== undefined) return ended(cut.by === 'reset' ? 'reset' : 'cut');
  if (end.kind !== 'silence') read(heldBack);
  return ended(end.kind === 'silence' ? 'stalled' : 'failed');
}

/** The messages of a stream up to its end; without a final chunk the gateway adds a final message. */
function messagesOf({ chunks, end }: StreamPlan): Message[] {
  const messages: Message[] = [];
  let chars = 0;
  let parts = 0;
  const add = (chunk: PlannedChunk) => {
    const fromChar = chars;
    chars += countChars(chunk.delta);
    const isPart = chunk.delta === '' && !chunk.isFinal;
    messages.push({ chunk, fromChar, toChar: chars, part: isPart ? parts : undefined });
    if (isPart) parts += 1;
  };
  const final: PlannedChunk = { atMs: 0, delta: '', isFinal: true };
  for (const chunk of chunks) {
    if (chunk.error !== undefined) return messages;
    if (chunk.isFinal && chunk.delta !== '') add({ ...final, delta: chunk.delta, isFinal: false });
    else if (!chunk.isFinal && (chunk.delta !== '' || chunk.parts !== undefined)) add(chunk);
    if (chunk.isFinal) {
      add({ ...chunk, delta: '' });
      return messages;
    }
  }
  if (end.kind === 'no-final') add(final);
  return messages;
}
