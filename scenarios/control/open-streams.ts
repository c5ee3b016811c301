import type { AgentRequest } from '../../gateway/agent/agent-client.ts';
import type { OpenedStream, RequestObserver } from '../../gateway/observer.ts';
import type { Hold, StreamCommand, StreamPosition } from '../../proto/stream-commands.ts';
import { heldMetadata, streamMetadata } from '../../proto/metadata.ts';
import { waitUntil } from '../../proto/wait-until.ts';
import type { WireFaultOf } from '../../proto/wire-fault.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import { createAwaitedStreams, isOf } from './awaited-streams.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** What is done with an open stream: by the agent, or by the gateway itself. */
export type StreamAction = StreamCommand | { do: 'cut'; by: WireFaultOf<'cut'>['by'] };

/** The journal entry of an open stream. */
export interface OpenStream extends JournalEntry {
  isHeld: boolean;
}

/** The agent's side of the open streams. */
export type CommandAgent = (id: string, command: StreamCommand) => Promise<StreamPosition>;

/** The open streams of a gateway and its agent, which carry out what a test or a person wants with one. */
export interface OpenStreams {
  observer: RequestObserver;
  /** Gives a request the id under which the agent knows its stream. */
  prepare(request: AgentRequest): void;
  /** Called when the agent holds a stream, and with undefined when the stream goes on. */
  held(id: string, hold: Hold | undefined): void;
  /** Returns the open streams of one test, or all, oldest first. */
  list(test?: string): OpenStream[];
  /**
   * Resolves once the system has taken the bytes that the action sends, or the stream is over.
   * @throws RehearsalError (stream) if the stream is not open, the action does not fit it, or the client does not read
   * @throws AgentError if an agent in this process refuses the action
   */
  act(id: string, action: StreamAction, limitMs: number): Promise<OpenStream>;
  /**
   * Returns the id of the latest open stream of a test; without one, that of its next stream, which is then
   * held before its first chunk. Without a test, requests of any test count.
   * @throws RehearsalError (stream) that names the requests that came instead, if none is opened in time
   */
  next(test: string | undefined, limitMs: number): Promise<string>;
  /** Ends every wait for a stream of a test, or of any. */
  stopWaiting(test?: string): void;
}

interface StreamRecord {
  entry: JournalEntry;
  opened?: OpenedStream;
  hold?: Hold | undefined;
  isOver: boolean;
}

export function createOpenStreams(
  entryOf: Journal['entryOf'],
  commandAgent: CommandAgent,
): OpenStreams {
  const records = new Map<string, StreamRecord>();
  const idOf = new WeakMap<AgentRequest, string>();
  const awaited = createAwaitedStreams();

  const openRecord = (id: string): StreamRecord & { opened: OpenedStream } => {
    const record = records.get(id);
    if (record?.opened === undefined)
      throw new RehearsalError('stream', 'there is no open stream of this id');
    return { ...record, opened: record.opened };
  };

  const view = ({ entry, hold }: StreamRecord): OpenStream => ({
    ...structuredClone(entry),
    isHeld: hold !== undefined,
  });

  return {
    observer: {
      arrived({ message }) {
        const entry = entryOf(message);
        if (entry === undefined) return undefined;
        awaited.arrived(entry);
        const { id } = entry;
        const record: StreamRecord = { entry, isOver: false };
        const remove = () => {
          record.isOver = true;
          records.delete(id);
        };
        return {
          requested(request) {
            records.set(id, record);
            idOf.set(request, id);
          },
          opened(opened) {
            record.opened = opened;
            // The gateway starts to send later in this turn.
            if (record.hold !== undefined) queueMicrotask(() => applyHold(record));
            awaited.opened(entry);
          },
          ended: remove,
          refused: remove,
        };
      },
      refused: awaited.refused,
    },
    prepare(request) {
      const id = idOf.get(request);
      const record = id === undefined ? undefined : records.get(id);
      if (id === undefined || record === undefined) return;
      request.metadata.set(streamMetadata, id);
      // A stream that is resumed has the metadata of its first request.
      request.metadata.remove(heldMetadata);
      if (awaited.isAwaited(record.entry)) request.metadata.set(heldMetadata, '1');
    },
    held(id, hold) {
      const record = records.get(id);
      if (record === undefined) return;
      record.hold = hold;
      applyHold(record);
    },
    list: (test) =>
      [...records.values()]
        .filter(({ opened, entry }) => opened !== undefined && isOf(entry, test))
        .map(view),
    async act(id, action, limitMs) {
      const { opened } = openRecord(id);
      const record = records.get(id);
      if (record === undefined)
        throw new RehearsalError('stream', 'there is no open stream of this id');
      if (action.do === 'cut') {
        opened.control.cut(action.by);
        await untilOver(record, limitMs);
        return view(record);
      }
      const position = await commandAgent(id, action);
      // A stream that was held already may now be held without pings, or with them again.
      if (action.do === 'hold' && record.hold !== undefined) {
        record.hold = { pings: action.pings };
        applyHold(record);
      }
      if (action.do === 'fail') await untilOver(record, limitMs);
      else if (action.do !== 'release') await untilTaken(record, opened, position, limitMs);
      return view(record);
    },
    next(test, limitMs) {
      const open = [...records].findLast(
        ([, { opened, entry }]) => opened !== undefined && isOf(entry, test),
      );
      return open === undefined ? awaited.next(test, limitMs) : Promise.resolve(open[0]);
    },
    stopWaiting: awaited.stop,
  };
}

/** Applies a hold of the agent to the pings and the limit of the gateway. */
function applyHold({ opened, hold }: StreamRecord): void {
  opened?.control.setPings(hold?.pings ?? true);
  opened?.control.setClock(hold === undefined);
}

/** @throws RehearsalError (stream) if the stream is still open after `limitMs` */
async function untilOver(record: StreamRecord, limitMs: number): Promise<void> {
  await waitUntil(() => record.isOver, limitMs);
  if (!record.isOver)
    throw new RehearsalError('stream', `the stream did not end within ${limitMs} ms`);
}

/**
 * Waits until the system has taken all bytes up to a position.
 * @throws RehearsalError (stream) if the client does not read
 */
async function untilTaken(
  record: StreamRecord,
  { control, fromChar, hasParts, figures }: OpenedStream,
  position: StreamPosition,
  limitMs: number,
): Promise<void> {
  const isWritten = () =>
    record.entry.chars >= position.chars - fromChar &&
    (!hasParts || figures.parts >= position.parts) &&
    control.isDrained();
  await waitUntil(() => record.isOver || isWritten(), limitMs);
  let isTaken = record.isOver;
  if (isWritten()) {
    control.flush(() => {
      isTaken = true;
    });
  }
  await waitUntil(() => isTaken || record.isOver, limitMs);
  if (isTaken || record.isOver) return;
  const { chars } = record.entry;
  throw new RehearsalError(
    'stream',
    `the client does not read: ${chars} of ${position.chars - fromChar} characters were handed over`,
  );
}
