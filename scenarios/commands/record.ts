import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import type { Command } from 'commander';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { formatTrace, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { toVisible } from '../../reports/markup.ts';
import { plural } from '../../reports/quantity.ts';
import { interruption } from '../console/interruption.ts';
import { loadSchema } from '../load/profile.ts';
import { bearerTokenSchema } from '../load/request.ts';
import { recordStream } from '../record/record-stream.ts';
import { exitCodesHelp } from '../console/exit-codes.ts';
import { durationOption, insecureOption, outOption } from '../flags/options.ts';

interface RecordFlags {
  prompt: string;
  model: string;
  out?: string;
  insecure?: boolean;
  idleLimit: number;
  streamLimit: number;
}

export function recordCommand(command: Command): Command {
  const { request, idleLimitMs, streamLimitMs } = loadSchema.parse({});
  return command
    .argument('<url>', 'the URL of a gateway, or grpc://host:port of an agent')
    .requiredOption('--prompt <text>', 'the prompt of the request')
    .option('--model <name>', 'the model of the request', request.model)
    .addOption(insecureOption())
    .addOption(outOption('file', 'write the trace there (default: standard output)'))
    .addOption(
      durationOption(
        '--idle-limit',
        'the longest wait for a chunk; pings do not count',
        idleLimitMs,
      ),
    )
    .addOption(
      durationOption('--stream-limit', 'the longest duration of the stream', streamLimitMs),
    )
    .addHelpText(
      'after',
      '\nThe environment variable REHEARSAL_TOKEN is sent as bearer token.\n' +
        exitCodesHelp({
          success: 'the stream completed',
          usage: 'it did not, and nothing was written',
        }),
    )
    .action(
      async (
        url: string,
        { prompt, model, out, idleLimit, streamLimit, insecure = false }: RecordFlags,
      ) => {
        const token = tokenOf(process.env['REHEARSAL_TOKEN']);
        if (out !== undefined) await refuseUnwritable(out);
        // fetch has no option for this.
        if (insecure) process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
        const interrupted = interruption(() => new RehearsalError('recording', 'interrupted'));
        try {
          const chunks = await recordStream(
            url,
            { prompt, model, token },
            { idleMs: idleLimit, streamMs: streamLimit },
            interrupted.signal,
          );
          process.stderr.write(`${describe(chunks)}\n`);
          if (out === undefined) process.stdout.write(formatTrace(chunks));
          else await write(out, formatTrace(chunks));
        } catch (error) {
          if (!isRehearsalError(error, 'recording')) throw error;
          // A server may echo the token in its error.
          const masked = token === undefined ? error.message : error.message.replaceAll(token, '…');
          throw new RehearsalError('usage', `nothing was recorded: ${toVisible(masked)}`);
        } finally {
          interrupted.over();
        }
      },
    );
}

function tokenOf(value: string | undefined): string | undefined {
  if (value === undefined || value === '') return undefined;
  const { data, error } = bearerTokenSchema.safeParse(value);
  if (error !== undefined)
    throw new RehearsalError('usage', `REHEARSAL_TOKEN: ${error.issues[0]?.message}`);
  return data;
}

/** Called before the request, so that no recording is lost to a file that cannot be written. */
async function refuseUnwritable(out: string): Promise<void> {
  try {
    await access(dirname(out), constants.W_OK);
  } catch (error) {
    throw unwritable(out, error);
  }
  const stats = await stat(out).catch(() => undefined);
  if (stats?.isDirectory() === true) throw unwritable(out, 'it is a folder');
}

async function write(out: string, trace: string): Promise<void> {
  try {
    await writeFile(out, trace);
  } catch (error) {
    process.stdout.write(trace);
    throw unwritable(out, error, '; the trace is on standard output instead');
  }
}

function unwritable(out: string, error: unknown, consequence = ''): RehearsalError {
  const reason = error instanceof Error ? error.message : String(error);
  return new RehearsalError('usage', `--out: ${out} cannot be written: ${reason}${consequence}`);
}

function describe(chunks: readonly TraceChunk[]): string {
  const chars = chunks.reduce((sum, { text }) => sum + countChars(text), 0);
  return `recorded ${plural(chunks.length, 'chunk')}, ${plural(chars, 'character')}, ${chunks.at(-1)?.ms} ms`;
}
