/** A connection to the agent, as far as the pool is concerned. */
export interface Channel {
  close(): void;
}

/** A call's place on a channel. */
interface Lease<C extends Channel> {
  channel: C;
  /** The call is over; `cancelled` where this side ended it. To be called once. */
  release(cancelled: boolean): void;
}

export interface ChannelPool<C extends Channel> {
  lease(): Lease<C>;
  close(): void;
}

/**
 * Each cancel is a reset on the shared connection, and Node's HTTP/2 answers about 1000 of them in
 * quick succession by ending the connection with every other call on it. So a channel carries no more
 * calls than it could bear the cancelling of all at once, those already cancelled counted in.
 */
const mostAtRisk = 700;

/** So many cancels, and a channel takes no new call: it is closed when its last one ends. */
const retireAtCancels = 350;

/** Spreads calls over as many channels as keep one client's disconnect from harming another's stream. */
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
        release(cancelled) {
          member.calls -= 1;
          if (cancelled) member.cancels += 1;
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
