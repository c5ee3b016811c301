import { effectOf, type WireFault } from '../../proto/wire-fault.ts';
import type { AgentCall } from '../agent/agent-client.ts';
import { GatewayError, toGatewayError } from '../errors.ts';
import type { EventSink } from '../stream/stream.ts';

/** An open stream whose agent has not requested its wire faults yet. */
export interface UndecidedSink extends EventSink {
  /** Applies the faults from now on. Only pings may have been sent before. */
  strike(faults: readonly WireFault[]): void;
}

/**
 * Returns the call of a stream that was opened before the agent's first response; reading starts after it.
 * @param onAccepted called before the first chunk; an error that it throws ends the stream
 */
export function readOnceAccepted(
  call: AgentCall,
  limitMs: number,
  onAccepted: () => void,
): AgentCall {
  const cancellation = new AbortController();
  return {
    ...call,
    cancel() {
      cancellation.abort();
      call.cancel();
    },
    read(reader) {
      const start = async () => {
        try {
          await call.accepted(limitMs, cancellation.signal);
          if (cancellation.signal.aborted) return;
          onAccepted();
          call.read(reader);
        } catch (error) {
          if (cancellation.signal.aborted) return;
          call.cancel();
          reader.failed(toGatewayError(error));
        }
      };
      void start();
    },
  };
}

/**
 * Returns the faults of a stream that is already open.
 * @throws GatewayError if one changes the headers, which are already sent. Ignoring it would make the stream
 * look healthy, and a test of that fault would prove nothing.
 */
export function refuseUntimely(faults: readonly WireFault[], waitMs: number): readonly WireFault[] {
  if (!faults.some((fault) => effectOf(fault).changesHeaders)) return faults;
  throw new GatewayError(
    'GENERATION_ERROR',
    `the agent took more than ${waitMs} ms to request a fault of the headers, which were sent meanwhile: open fewer streams at a time`,
  );
}
