import { connectivityState } from '@grpc/grpc-js';

import type { Channel, ChannelPool } from './channels.ts';

interface ConnectingChannel extends Channel {
  getConnectivityState(tryToConnect: boolean): connectivityState;
}

/**
 * Spreads calls over several agents in turn. An agent without a connection is left out while another has one,
 * and connects meanwhile.
 * @param pools the channels to each agent, at least one
 */
export function spreadCalls<C extends ConnectingChannel>(
  pools: readonly ChannelPool<C>[],
): ChannelPool<C> {
  const [first] = pools;
  if (first !== undefined && pools.length === 1) return first;
  let turn = 0;

  const leaseFrom = (preferred: (state: connectivityState) => boolean) => {
    for (let step = 0; step < pools.length; step += 1) {
      const index = (turn + step) % pools.length;
      const lease = pools[index]?.lease();
      if (lease !== undefined && preferred(lease.channel.getConnectivityState(true))) {
        turn = index + 1;
        return lease;
      }
      lease?.release(false);
    }
    return undefined;
  };

  return {
    lease() {
      const lease =
        leaseFrom((state) => state === connectivityState.READY) ??
        leaseFrom((state) => state !== connectivityState.TRANSIENT_FAILURE) ??
        leaseFrom(() => true);
      if (lease === undefined) throw new Error('there is no agent to call');
      return lease;
    },
    close() {
      for (const pool of pools) pool.close();
    },
  };
}
