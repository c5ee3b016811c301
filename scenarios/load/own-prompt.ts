import type { LoadProfile } from './profile/profile.ts';
import { arrivalKeyOf } from './request.ts';
import { trafficPrompt } from './profile/traffic.ts';

const keyPrefix = arrivalKeyOf(0).slice(0, -1);

/** Returns the prompt of a stream that its traffic trace decides; null for the prompt of all streams. */
export function ownPromptOf(
  { arrivals }: Pick<LoadProfile, 'arrivals'>,
  seed: number,
  key: string,
): string | null {
  if (arrivals?.trace === undefined) return null;
  return trafficPrompt(arrivals.trace, Number(key.slice(keyPrefix.length)), { seed, key });
}
