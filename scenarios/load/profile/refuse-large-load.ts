import { formatCount } from '../../../reports/quantity.ts';
import { RehearsalError } from '../../console/rehearsal-error.ts';
import { mostPerProcess, type LoadProfile } from './profile.ts';
import { largestShare, wholeLoad, type Shard } from './shard.ts';
import { busiestSecond } from './traffic.ts';

/**
 * Refuses a load that is too large for one process, and a shard of too large a part.
 * @throws RehearsalError (usage) that names the number of shards to use
 */
export function refuseLargeLoad(profile: LoadProfile, shard: Shard = wholeLoad): void {
  const { arrivals, streams, stages } = profile;
  const isOpen = arrivals !== undefined;
  const height = isOpen
    ? Math.max(
        arrivals.perSecond ?? 0,
        arrivals.trace === undefined ? 0 : busiestSecond(arrivals.trace),
        ...stages.map(({ to }) => to),
      )
    : streams;
  const share = largestShare(height, shard);
  if (share <= mostPerProcess) return;
  const unit = isOpen ? 'arrivals per second' : 'streams at once';
  const needed = Math.ceil(height / mostPerProcess);
  const part = shard.of === 1 ? '' : `, one of ${shard.of} shards,`;
  throw new RehearsalError(
    'usage',
    `${formatCount(share)} ${unit} are too many for one process${part} which has at most ${formatCount(mostPerProcess)}: divide the load into ${needed} shards or more, from --shard 1/${needed} to --shard ${needed}/${needed}`,
  );
}
