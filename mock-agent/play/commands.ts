import { isDeepStrictEqual } from 'node:util';

import type { StreamCommand, StreamPosition } from '../../proto/stream-commands.ts';
import { waitUntil } from '../../proto/wait-until.ts';
import { AgentError } from '../agent-error.ts';
import { splitAtPlace } from '../faults/agent/hold.ts';
import { applyFault, type PlannedFault } from '../faults/index.ts';
import { placeSchema } from '../faults/place.ts';
import { parsePlacedFaults } from '../faults/requested-fault.ts';
import type { PlannedChunk, PlannedStream } from '../planned-stream.ts';
import { packChunks, positionIn, unpackChunks } from './packed-chunks.ts';
import type { Playing } from './play.ts';

/** The streams in play by their ids. */
export interface CommandedStreams {
  /** Adds a stream; returns a function that removes it. */
  add(id: string, playing: Playing): () => void;
  /**
   * Resolves when the agent has sent what the command asks for.
   * @throws AgentError (FAILED_PRECONDITION)
   */
  command(id: string, command: StreamCommand): Promise<StreamPosition>;
}

export function createCommandedStreams(): CommandedStreams {
  const streams = new Map<string, Playing>();
  return {
    add(id, playing) {
      streams.set(id, playing);
      return () => void streams.delete(id);
    },
    async command(id, command) {
      const playing = streams.get(id);
      if (playing === undefined) throw refused('the stream is over');
      await carryOut(playing, command, () => !streams.has(id));
      const { chunks } = playing.playable();
      const isHeld = playing.isHeld();
      return { isHeld, chunks: playing.chunksSent(), ...positionIn(chunks, playing.chunksSent()) };
    },
  };
}

async function carryOut(
  playing: Playing,
  command: StreamCommand,
  isOver: () => boolean,
): Promise<void> {
  switch (command.do) {
    case 'hold':
      playing.hold({ pings: command.pings });
      return;
    case 'release':
      playing.release();
      return;
    case 'until':
      playUntil(playing, command);
      await waitUntil(() => playing.isHeld() || isOver(), command.limitMs);
      if (playing.isHeld()) return;
      throw refused(
        isOver()
          ? 'the stream ended before'
          : `the stream did not get there in ${command.limitMs} ms; it has sent ${describePosition(playing)}`,
      );
    case 'step':
      await stepTimes(playing, command, isOver);
      return;
    case 'fail':
      failNow(playing, command.fault);
  }
}

/** @throws AgentError (FAILED_PRECONDITION) for a place that the stream has passed, or does not reach */
function playUntil(playing: Playing, { at, pings }: StreamCommand & { do: 'until' }): void {
  const { data: place, error } = placeSchema.safeParse(at);
  if (place === undefined) {
    throw refused(`at: ${error.issues.map(({ message }) => message).join('; ')}`);
  }
  const stream = streamOf(playing);
  const next = playing.chunksSent();
  const { before, after } = splitAtPlace(stream, place) ?? {};
  const [first, ...later] = after ?? [];
  if (before === undefined || first === undefined) {
    throw refused(describeEnd(playing, stream));
  }
  // A chunk that was split counts twice in what follows it.
  const isSplit = before.length + later.length + 1 > stream.chunks.length;
  if (before.length < next || (isSplit && before.length === next)) {
    throw refused(
      `the stream is past it: it has sent ${describePosition(playing)}; hold it earlier, such as with the fault hold`,
    );
  }
  if (before.length === next) {
    playing.hold({ pings });
    return;
  }
  const passed = before.map((chunk) => {
    const { hold: _, ...unheld } = chunk;
    return unheld;
  });
  const chunks = packChunks([...passed, { ...first, hold: { pings } }, ...later]);
  playing.replace({ chunks, end: stream.end });
}

async function stepTimes(
  playing: Playing,
  { count, limitMs }: StreamCommand & { do: 'step' },
  isOver: () => boolean,
): Promise<void> {
  if (!playing.isHeld()) {
    throw refused('a stream that is not held plays by itself: hold it before the step');
  }
  for (let step = 0; step < count && !isOver(); step += 1) {
    playing.step();
    if (playing.isBlocked()) await waitUntil(() => !playing.isBlocked() || isOver(), limitMs);
    if (playing.isBlocked() && !isOver()) {
      throw refused(`the client does not read: ${step + 1} of ${count} chunks were sent`);
    }
  }
}

/**
 * Strikes before the next chunk, or at the place that a fault names.
 * @throws AgentError (FAILED_PRECONDITION) for a fault that cannot strike there
 */
function failNow(playing: Playing, text: string): void {
  const planned = streamOf(playing);
  const sent = planned.chunks.slice(0, playing.chunksSent());
  let stream: PlannedStream = planned;
  for (const { fault, isPlaced } of parseFaults(text)) {
    if (fault.of === 'wire') {
      throw refused(
        `${fault.name} is a fault of the wire, which is requested with the stream; to break the connection now, use cut`,
      );
    }
    stream = isPlaced
      ? strikeAtPlace(playing, stream, sent, fault)
      : strikeHere(stream, sent, fault, playing.planMs());
  }
  playing.replace({ chunks: packChunks(stream.chunks), end: stream.end });
}

function strikeHere(
  stream: PlannedStream,
  sent: readonly PlannedChunk[],
  fault: PlannedFault,
  nowMs: number,
): PlannedStream {
  const remaining = { ...stream, chunks: stream.chunks.slice(sent.length), acceptAtMs: nowMs };
  const changed = applyFault({ ...fault, settings: placedHere(fault.settings) }, remaining);
  if (changed === undefined) throw refused(`${fault.name} cannot strike here`);
  return { ...changed, acceptAtMs: 0, chunks: [...sent, ...changed.chunks] };
}

function strikeAtPlace(
  playing: Playing,
  stream: PlannedStream,
  sent: readonly PlannedChunk[],
  fault: PlannedFault,
): PlannedStream {
  const changed = applyFault(fault, stream);
  if (changed === undefined) {
    throw refused(`${fault.name}: ${describeEnd(playing, stream)}`);
  }
  if (isDeepStrictEqual(changed.chunks.slice(0, sent.length), sent)) return changed;
  throw refused(
    `${fault.name}: the stream is past its place: it has sent ${describePosition(playing)}; leave out \`at\` to strike here`,
  );
}

function parseFaults(text: string) {
  try {
    return parsePlacedFaults(text);
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    throw refused(`fault: ${error.message}`);
  }
}

/** The settings of a fault that strikes before the next chunk. */
function placedHere(settings: unknown): unknown {
  if (typeof settings !== 'object' || settings === null || !('at' in settings)) return settings;
  return { ...settings, at: 'start' };
}

/** Returns what is played, the sent chunks included. */
function streamOf(playing: Playing): PlannedStream {
  const { chunks, end } = playing.playable();
  return { chunks: unpackChunks(chunks), end, acceptAtMs: 0, wire: [] };
}

/** Says that a stream ends before a place. */
function describeEnd(playing: Playing, { chunks }: PlannedStream): string {
  const { chars } = positionIn(playing.playable().chunks, chunks.length);
  return `the stream does not get there: it has ${chunks.length} chunks and ${chars} characters`;
}

function describePosition(playing: Playing): string {
  const sent = playing.chunksSent();
  return `${sent} chunks, ${positionIn(playing.playable().chunks, sent).chars} characters`;
}

function refused(message: string): AgentError {
  return new AgentError('FAILED_PRECONDITION', message);
}
