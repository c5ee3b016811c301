import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { stringify } from 'yaml';

import { generatePath } from '../proto/interface.ts';
import { startServerCommand, type CommandServer } from '../scenarios/processes/start-command.ts';
import { createCertificate } from './certificate.ts';
import type { Dialect, LeanClientOptions } from './lean-client.ts';
import { installPeer, nameWithVersion, type Peer } from './peers.ts';
import { textOf, word, type Schedule } from './schedule.ts';
import type { WireKind } from './wires.ts';

/** A server in processes of its own that streams a schedule. */
interface StartedServer extends LeanClientOptions {
  /** The schedule that it streams, which is the requested one as far as the server supports it. */
  schedule: Schedule;
  /** The process groups of the server. */
  groups: number[];
  close(): Promise<void>;
}

export interface ServerUnderTest {
  name: string;
  /** Describes the server, and where it departs from the schedule. */
  note: string;
  /** @throws Error if the server cannot be installed or started */
  start(schedule: Schedule, signal: AbortSignal): Promise<StartedServer>;
}

const node = JSON.stringify(process.execPath);

function entry(path: string): string {
  return JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));
}

const specifiedDialect: Dialect = {
  path: generatePath,
  body: JSON.stringify({ prompt: 'bench', model: 'gpt-4', stream: true }),
  before: '"delta":"',
};

const openAiDialect: Dialect = {
  path: '/v1/chat/completions',
  body: JSON.stringify({
    model: 'gpt-4',
    stream: true,
    messages: [{ role: 'user', content: 'bench' }],
  }),
  before: '"content":"',
};

/** Agent and gateway in one process each, in the specified format. */
export const rehearsal: ServerUnderTest = {
  name: 'rehearsal',
  note: 'agent and gateway in one process each',
  start: startRehearsal(specifiedDialect),
};

/** The same in the format of the other mock servers. */
export const rehearsalOpenAi: ServerUnderTest = {
  name: 'rehearsal, openai-chat',
  note: 'the same in OpenAI’s chat format, like the other mock servers',
  start: startRehearsal(openAiDialect),
};

/** The specified format over HTTPS. */
export const rehearsalTls: ServerUnderTest = {
  name: 'rehearsal, HTTPS',
  note: 'the same over HTTPS and HTTP/1.1; each stream opens a connection, with a handshake',
  start: startRehearsal(specifiedDialect, 'tls'),
};

export const rehearsalHttp2: ServerUnderTest = {
  name: 'rehearsal, HTTP/2',
  note: 'the same over HTTPS and HTTP/2, 100 streams per connection',
  start: startRehearsal(specifiedDialect, 'http2'),
};

function startRehearsal(dialect: Dialect, wire: WireKind = 'plain'): ServerUnderTest['start'] {
  return (schedule, signal) =>
    inFolder(async (folder) => {
      const file = join(folder, 'bench.yaml');
      await writeFile(file, stringify(scenarioOf(schedule)));
      const main = `${node} ${entry(`../scenarios/main${import.meta.url.slice(-3)}`)}`;
      const quiet = '--log-level warn --port';
      const tls = wire === 'plain' ? '' : await tlsFlags(folder);
      const agent = await startServerCommand(
        `exec ${main} agent ${JSON.stringify(file)} --no-watch --log-level warn --agent-port $PORT`,
        signal,
      );
      const gateway = await startServerCommand(
        `exec ${main} gateway --agent 127.0.0.1:${agent.port} --max-streams 100000 ${tls} ${quiet} $PORT`,
        signal,
      );
      return started([gateway, agent], dialect, schedule, wire);
    });
}

async function tlsFlags(folder: string): Promise<string> {
  const { cert, key } = await createCertificate(folder);
  return `--tls-cert ${JSON.stringify(cert)} --tls-key ${JSON.stringify(key)}`;
}

/** Close to the minimum work of a server on Node. */
export const floor: ServerUnderTest = {
  name: 'floor',
  note: 'bare node:http, one timer, the same bytes; no plan, no agent, no validation',
  start: async (schedule, signal) => {
    const floorEntry = entry(`floor${import.meta.url.slice(-3)}`);
    const argument = `'${JSON.stringify(schedule)}'`;
    const server = await startServerCommand(`exec ${node} ${floorEntry} $PORT ${argument}`, signal);
    return started([server], specifiedDialect, schedule);
  },
};

export const aimock: ServerUnderTest = {
  name: 'aimock',
  note: `${nameWithVersion('@copilotkit/aimock')}: waits after each event, so its lateness adds up`,
  start: startPeer('@copilotkit/aimock', async (folder, schedule, installed) => {
    const fixture = {
      match: {},
      response: { content: textOf(schedule) },
      chunkSize: word.length,
      // Its first event has no text.
      streamingProfile: {
        ttft: schedule.firstMs - schedule.intervalMs,
        tps: 1000 / schedule.intervalMs,
      },
    };
    const file = join(folder, 'fixtures.json');
    await writeFile(file, JSON.stringify({ fixtures: [fixture] }));
    const cli = JSON.stringify(join(installed, 'dist', 'cli.js'));
    const command = `exec ${node} ${cli} --port $PORT --log-level silent --fixtures ${JSON.stringify(file)}`;
    return { command, schedule };
  }),
};

export const mockLlm: ServerUnderTest = {
  name: 'mock-llm',
  note: `${nameWithVersion('@dwmkerr/mock-llm')}: sends the first chunk after one interval; has no setting for it`,
  start: startPeer('@dwmkerr/mock-llm', async (folder, schedule, installed) => {
    const content = textOf(schedule);
    const config = {
      rules: [
        {
          path: '/v1/chat/completions',
          match: '@',
          response: {
            status: 200,
            content: JSON.stringify({
              id: 'bench',
              object: 'chat.completion',
              created: 0,
              model: 'gpt-4',
              choices: [
                { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' },
              ],
            }),
          },
        },
      ],
      streaming: { chunkSize: word.length, chunkIntervalMs: schedule.intervalMs },
    };
    const file = join(folder, 'mock-llm.yaml');
    await writeFile(file, stringify(config));
    const cli = JSON.stringify(join(installed, 'dist', 'main.js'));
    return {
      command: `HOST=127.0.0.1 exec ${node} ${cli} --config ${JSON.stringify(file)}`,
      schedule: { ...schedule, firstMs: schedule.intervalMs },
    };
  }),
};

function startPeer(
  peer: Peer,
  prepare: (
    folder: string,
    schedule: Schedule,
    installed: string,
  ) => Promise<{ command: string; schedule: Schedule }>,
): ServerUnderTest['start'] {
  return async (schedule, signal) => {
    const installed = await installPeer(peer);
    return inFolder(async (folder) => {
      const prepared = await prepare(folder, schedule, installed);
      const server = await startServerCommand(prepared.command, signal);
      return started([server], openAiDialect, prepared.schedule);
    });
  };
}

function scenarioOf({ firstMs, intervalMs, words }: Schedule) {
  return {
    version: 1,
    description: 'The schedule of the benchmark.',
    behaviour: {
      text: { given: word.repeat(words) },
      firstToken: `${firstMs}ms`,
      interToken: `${intervalMs}ms`,
      tokenChars: { min: word.length, max: word.length },
    },
  };
}

/** Provides a folder while a server starts; servers read their files before they listen. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param servers in the order in which to close them */
function started(
  servers: readonly CommandServer[],
  dialect: Dialect,
  schedule: Schedule,
  wire: WireKind = 'plain',
): StartedServer {
  const [{ port } = { port: 0 }] = servers;
  return {
    port,
    wire,
    dialect,
    schedule,
    groups: servers.map(({ group }) => group),
    async close() {
      for (const server of servers) await server.close();
    },
  };
}
