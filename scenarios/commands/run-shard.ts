import { plural } from '../../reports/quantity.ts';
import { interruptedError, interruption } from '../console/interruption.ts';
import { RehearsalError } from '../console/rehearsal-error.ts';
import type { Scenario } from '../file/scenario.ts';
import { readTrust, type TrustFlags } from '../flags/trust-flags.ts';
import { readHeaders } from '../load/headers.ts';
import type { Shard } from '../load/profile/shard.ts';
import { prepareFolder, prepareOwnFolder, type RunFolder } from '../run/write-run.ts';
import { refuseShard, refuseStart, runShard } from '../shards/run-shard.ts';
import { showProgress } from './progress.ts';
import { warnOfTarget } from './warn-of-target.ts';

/** The flags of `run`, as far as a shard has them. */
interface ShardFlags extends TrustFlags {
  target?: string;
  out?: string;
  seed?: number;
  strict?: boolean;
  header: string[];
  preflight: boolean;
  allStreams?: boolean;
  shard?: Shard;
  startAt?: number;
}

/** Runs one shard of a load: `run --shard i/n --start-at T`. */
export async function runShardCommand(
  scenarios: readonly Scenario[],
  flags: ShardFlags,
): Promise<void> {
  const { scenario, target, shard, startAtMs } = readShardFlags(scenarios, flags);
  const { seed } = flags;
  const trust = readTrust(flags);
  refuseShard(scenario, shard);
  refuseStart(startAtMs);
  const headers = readHeaders(flags.header);
  const interrupted = interruption((exitCode) =>
    interruptedError('the shard is incomplete, and `rehearsal merge` refuses it', exitCode),
  );
  const { signal } = interrupted;
  let folder: RunFolder | undefined;
  try {
    if (flags.preflight) await warnOfTarget(scenario, target, { headers, trust, signal });
    folder =
      flags.out === undefined
        ? await prepareOwnFolder(scenario.name, new Date())
        : await prepareFolder(flags.out);
    const { path } = folder;
    process.stderr.write(`waiting for the start at ${new Date(startAtMs).toISOString()}\n`);
    const options = { target, shard, startAtMs, seed, headers, trust, signal };
    const streams = await showProgress(
      scenario,
      (onProgress) => runShard(scenario, path, { ...options, onProgress }),
      shard,
    );
    process.stdout.write(
      `Shard ${shard.number} of ${shard.of}: ${plural(streams, 'stream')} in ${path}\n`,
    );
  } catch (error) {
    await folder?.takeBack();
    throw error;
  } finally {
    interrupted.over();
  }
}

function refuse(reason: string): RehearsalError {
  return new RehearsalError('usage', reason);
}

function readShardFlags(
  scenarios: readonly Scenario[],
  { target, shard, startAt, strict, allStreams }: ShardFlags,
) {
  const [scenario, another] = scenarios;
  if (shard === undefined) {
    throw refuse('--start-at is the common start of shards; write --shard i/n as well');
  }
  if (target === undefined) {
    throw refuse('--shard: write --target URL: all shards load the same server');
  }
  if (startAt === undefined) {
    throw refuse('--shard: write --start-at TIME: all shards start together');
  }
  if (scenario === undefined || another !== undefined) {
    throw refuse('--shard: name one scenario; another one has shards and a start of its own');
  }
  if (strict === true) throw refuse('--strict: a shard has no verdict; write it for merge');
  if (allStreams === true) {
    throw refuse(
      '--all-streams: a shard always writes the details of every stream; write it for merge',
    );
  }
  return { scenario, target, shard, startAtMs: startAt };
}
