import type { AgentCall } from '../agent-client.ts';
import { GatewayError, toGatewayError } from '../errors.ts';
import { readWireFaults } from './read-wire-faults.ts';

/**
 * The call of a stream that was opened before the agent said anything. Where it then asks for faults of
 * the wire, the stream fails: without them it would look healthy, and a test of them would pass or fail
 * for nothing.
 */
export function refuseLateFaults(call: AgentCall): AgentCall {
  let isAllowed: boolean | undefined;
  return {
    ...call,
    read(reader) {
      const check = (): boolean => {
        const error = errorOf(call);
        if (error === undefined) return true;
        call.cancel();
        reader.failed(error);
        return false;
      };
      const allows = () => (isAllowed ??= check());
      call.read({
        chunk(chunk) {
          if (allows()) reader.chunk(chunk);
        },
        ended() {
          if (allows()) reader.ended();
        },
        failed(error) {
          if (allows()) reader.failed(error);
        },
      });
    },
  };
}

function errorOf({ metadata }: AgentCall): GatewayError | undefined {
  try {
    if (readWireFaults(metadata).length === 0) return undefined;
  } catch (error) {
    return toGatewayError(error);
  }
  return new GatewayError(
    'GENERATION_ERROR',
    'the agent asked for faults of the wire too late: its first word came after the stream was opened',
  );
}
