import { Channel, type ChannelOptions } from '@grpc/grpc-js';

import type { AgentAccess } from './agent-access.ts';
import { createChannelPool, type ChannelPool } from './channels.ts';
import { createTappedCredentials, createUntappedCredentials } from './grpc-internals.ts';
import { mayBeSeveral } from './may-be-several.ts';
import { silenceLimits, type SilenceLimits } from './silence-watch.ts';

/** The largest message of an agent. */
export const messageLimitBytes = 4 * 1024 * 1024;

/** The options of every connection to the agent. */
const channelOptions: ChannelOptions = {
  'grpc.max_receive_message_length': messageLimitBytes,
  'grpc.max_send_message_length': messageLimitBytes,
  // With the default backoff an agent that restarts stays unused for many seconds.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1000,
  'grpc.use_local_subchannel_pool': 1,
  // grpc-js would even use the environment's proxy for loopback.
  'grpc.enable_http_proxy': 0,
  // A name has addresses only: its TXT records are not asked for a configuration.
  'grpc.service_config_disable_resolution': 1,
};

/**
 * How the messages of a call are read: from the frames of its connection, at a fraction of the cost, or from
 * grpc-js, which is also the fallback if its frames cannot be tapped.
 */
export type Reading = 'tapped' | 'delivered';

/**
 * Without tapped frames, grpc-js detects a frozen agent with PINGs. A server on gRPC's C core allows three
 * while it is silent (one, and two strikes), which is the number that fits into the two minutes of a stream.
 */
const pingOptions: ChannelOptions = {
  'grpc.keepalive_time_ms': 45_000,
  'grpc.keepalive_timeout_ms': 5000,
};

/**
 * The options of an address that may stand for several agents: calls go to each in turn. A lost connection has
 * the name resolved again, which finds new agents.
 */
const balanceOptions: ChannelOptions = {
  'grpc.service_config': JSON.stringify({ loadBalancingConfig: [{ round_robin: {} }] }),
  'grpc.dns_min_time_between_resolutions_ms': 2000,
};

export interface AgentClientOptions {
  reading?: Reading;
  /** Doubled in place when an agent sends ENHANCE_YOUR_CALM. */
  limits?: SilenceLimits;
  access?: AgentAccess;
}

/** Creates the channels to each of the addresses. */
export function createAgentChannels(
  addresses: string | readonly string[],
  { reading = 'tapped', limits = silenceLimits, access = {} }: AgentClientOptions,
): ChannelPool<Channel>[] {
  const { certificates, authority } = access;
  return [addresses].flat().map((address) => {
    const options = {
      ...channelOptions,
      ...(reading === 'tapped' ? {} : pingOptions),
      ...(mayBeSeveral(address) ? balanceOptions : {}),
      ...(authority === undefined ? {} : authorityOptions(authority)),
    };
    const agentLimits = { ...limits };
    return createChannelPool(() => {
      const channelCredentials =
        reading === 'tapped'
          ? createTappedCredentials(agentLimits, certificates)
          : createUntappedCredentials(certificates);
      return new Channel(address, channelCredentials, options);
    });
  });
}

/** Replaces the host of an address, in calls and in the check of a certificate. */
export function authorityOptions(authority: string): ChannelOptions {
  return { 'grpc.default_authority': authority, 'grpc.ssl_target_name_override': authority };
}
