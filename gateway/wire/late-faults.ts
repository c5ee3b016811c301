import { effectOf, type WireFault } from '../../proto/wire-fault.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { EventSink } from '../stream/stream.ts';

/** A stream that is open, though the agent has not yet said which faults of the wire it asks for. */
export interface UndecidedSink extends EventSink {
  /** Carries them out from now on. Nothing but pings may have been sent before. */
  strike(faults: readonly WireFault[]): void;
}

/**
 * The call of a stream that was opened before the agent's first sign of life: reading starts once that
 * has come.
 * @param accepted called before the first chunk; what it throws ends the stream.
 */
export function readOnceAccepted(
  call: AgentCall,
  limitMs: number,
  accepted: () => void,
): AgentCall {
  const over = new AbortController();
  return {
    ...call,
    cancel() {
      over.abort();
      call.cancel();
    },
    read(reader) {
      const start = async () => {
        try {
          await call.accepted(limitMs, over.signal);
          if (over.signal.aborted) return;
          accepted();
          call.read(reader);
        } catch (error) {
          if (over.signal.aborted) return;
          call.cancel();
          reader.failed(toGatewayError(error));
        }
      };
      void start();
    },
  };
}

/**
 * The faults of a stream that is open already.
 * @throws GatewayError for one that would have had to strike its headers: without it the stream would look
 * healthy, and a test of that fault would prove nothing.
 */
export function refuseUntimely(faults: readonly WireFault[]): readonly WireFault[] {
  if (!faults.some((fault) => effectOf(fault).changesHeaders)) return faults;
  throw new GatewayError(
    'GENERATION_ERROR',
    'the agent asked for a fault of the headers too late: its first word came after they were sent',
  );
}
