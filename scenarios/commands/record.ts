import { access, constants, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

import { Option, type Command } from 'commander';
import { z } from 'zod';

import { isRehearsalError, RehearsalError } from '../console/rehearsal-error.ts';
import { formatTrace, type TraceChunk } from '../../mock-agent/plan/trace.ts';
import type { DialectName } from '../../proto/dialects/dialect.ts';
import { countChars } from '../../proto/notation/code-points.ts';
import { toVisible } from '../../reports/markup.ts';
import { plural } from '../../reports/quantity.ts';
import { interruption } from '../console/interruption.ts';
import { loadSchema } from '../load/profile/profile.ts';
import { readHeaders, secretsOfHeaders } from '../load/headers.ts';
import { bearerTokenSchema, dialectOfLoad, headerNameSchema } from '../load/request.ts';
import { recordStream } from '../record/record-stream.ts';
import { exitCodesHelp } from '../console/exit-codes.ts';
import {
  agentTlsOptionsBesideScheme,
  readAgentTlsOfUrl,
  type AgentTlsFlags,
} from '../flags/agent-tls-flags.ts';
import { durationOption, outOption } from '../flags/options.ts';
import { addTrustFlags, readTrust, type TrustFlags } from '../flags/trust-flags.ts';
import { dialectOption, headerOption } from '../flags/run-options.ts';

interface RecordFlags extends AgentTlsFlags, TrustFlags {
  prompt: string;
  model: string;
  out?: string;
  dialect?: DialectName;
  header: string[];
  body?: Record<string, unknown>;
  idleLimit: number;
  streamLimit: number;
}

export function recordCommand(command: Command): Command {
  const { request, idleLimitMs, streamLimitMs } = loadSchema.parse({});
  for (const option of agentTlsOptionsBesideScheme()) command.addOption(option);
  return addTrustFlags(command)
    .argument('<url>', 'the URL of a gateway, or grpc://host:port of an agent (grpcs: over TLS)')
    .requiredOption('--prompt <text>', 'the prompt of the request')
    .option('--model <name>', 'the model of the request', request.model)
    .addOption(dialectOption('the format of request and stream (default: the specified one)'))
    .addOption(headerOption())
    .addOption(bodyOption())
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
      '\nThe environment variable REHEARSAL_TOKEN is sent as bearer token, to Anthropic as x-api-key.\n' +
        exitCodesHelp({
          success: 'the stream completed',
          usage: 'it did not, and nothing was written',
        }),
    )
    .action(async (url: string, { prompt, model, out, header, body, ...flags }: RecordFlags) => {
      const token = tokenOf(process.env['REHEARSAL_TOKEN']);
      const headers = readHeaders(header, { nameSchema: headerNameSchema });
      const dialect = dialectOfLoad(flags);
      if (/^grpcs?:/.test(url) && (dialect !== undefined || body !== undefined)) {
        throw new RehearsalError(
          'usage',
          '--dialect and --body are for servers with HTTP; an agent has one format',
        );
      }
      const access = readAgentTlsOfUrl(url, flags);
      const trust = readTrust(flags);
      if (out !== undefined) await refuseUnwritable(out);
      const interrupted = interruption(() => new RehearsalError('recording', 'interrupted'));
      try {
        const chunks = await recordStream(
          url,
          { prompt, model, token, dialect, headers, body, access, trust },
          { idleMs: flags.idleLimit, streamMs: flags.streamLimit },
          interrupted.signal,
        );
        process.stderr.write(`${describe(chunks)}\n`);
        if (out === undefined) process.stdout.write(formatTrace(chunks));
        else await write(out, formatTrace(chunks));
      } catch (error) {
        if (!isRehearsalError(error, 'recording')) throw error;
        // A server may echo a secret in its error.
        const secrets = [...(token === undefined ? [] : [token]), ...secretsOfHeaders(headers)];
        const masked = secrets.reduce((text, each) => text.replaceAll(each, '…'), error.message);
        throw new RehearsalError('usage', `nothing was recorded: ${toVisible(masked)}`);
      } finally {
        interrupted.over();
      }
    });
}

function bodyOption(): Option {
  return new Option(
    '--body <json>',
    'more fields of the JSON body, such as tools; they replace ours of the same name',
  ).argParser((text) => {
    try {
      return bodySchema.parse(JSON.parse(text));
    } catch {
      throw new RehearsalError('argument', 'write an object in JSON, such as {"max_tokens": 100}.');
    }
  });
}

const bodySchema = z.record(z.string(), z.unknown());

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
  const sum = (count: (chunk: TraceChunk) => number) =>
    chunks.reduce((total, chunk) => total + count(chunk), 0);
  const reasoning = sum((chunk) => countChars(chunk.reasoning ?? ''));
  const calls = new Set(
    chunks.flatMap(({ toolCalls = [] }) => toolCalls.map(({ index }) => index)),
  );
  return [
    `recorded ${plural(chunks.length, 'chunk')}`,
    plural(
      sum(({ text }) => countChars(text)),
      'character',
    ),
    ...(reasoning === 0 ? [] : [`${plural(reasoning, 'character')} of reasoning`]),
    ...(calls.size === 0 ? [] : [plural(calls.size, 'tool call')]),
    `${chunks.at(-1)?.ms} ms`,
  ].join(', ');
}
