/** What the pool needs of a connection to the agent. */
export interface Channel {
  close(): void;
}

/** The use of a channel by one call. */
interface Lease<C extends Channel> {
  channel: C;
  /** Called once when the call has ended. @param isCancelled whether this side has ended it */
  release(isCancelled: boolean): void;
}

export interface ChannelPool<C extends Channel> {
  lease(): Lease<C>;
  close(): void;
}

/**
 * Each cancel is a reset on the shared connection. After about 1000 in quick succession Node's HTTP/2 ends
 * the connection with every other call on it. A channel therefore has at most so many calls, past cancels
 * included, that all of them can be cancelled at once.
 */
const mostAtRisk = 700;

/** After this many cancels a channel takes no new call, and is closed when its last one ends. */
const retireAtCancels = 350;

/** Spreads calls over channels so that disconnects of clients cannot end the streams of others. */
export function createChannelPool<C extends Channel>(open: () => C): ChannelPool<C> {
  interface Member {
    channel: C;
    calls: number;
    cancels: number;
  }
  const members = new Set<Member>();

  const isRetired = ({ cancels }: Member) => cancels >= retireAtCancels;

  const add = (): Member => {
    const member = { channel: open(), calls: 0, cancels: 0 };
    members.add(member);
    return member;
  };

  return {
    lease() {
      const member =
        [...members].find((each) => !isRetired(each) && each.calls + each.cancels < mostAtRisk) ??
        add();
      member.calls += 1;
      return {
        channel: member.channel,
        release(isCancelled) {
          member.calls -= 1;
          if (isCancelled) member.cancels += 1;
          if (member.calls === 0 && isRetired(member)) {
            members.delete(member);
            member.channel.close();
          }
        },
      };
    },
    close() {
      for (const { channel } of members) channel.close();
      members.clear();
    },
  };
}
