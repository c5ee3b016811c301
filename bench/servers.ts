import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { stringify } from 'yaml';

import { generatePath } from '../proto/interface.ts';
import { startServerCommand, type CommandServer } from '../scenarios/processes/start-command.ts';
import type { Dialect } from './lean-client.ts';
import { installPeer, nameWithVersion, type Peer } from './peers.ts';
import { textOf, word, type Schedule } from './schedule.ts';

/** A server that streams a schedule, in processes of its own. */
interface StartedServer {
  port: number;
  dialect: Dialect;
  /** What it streams: as near to what was asked as it can. */
  schedule: Schedule;
  /** The process groups that it is made of. */
  groups: number[];
  close(): Promise<void>;
}

export interface ServerUnderTest {
  name: string;
  /** What it is, and what of the schedule it cannot do. */
  note: string;
  /** @throws Error where it cannot be had here */
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

/** Agent and gateway, a process each, in the specified format. */
export const rehearsal: ServerUnderTest = {
  name: 'rehearsal',
  note: 'agent and gateway, gRPC between them',
  start: startRehearsal(specifiedDialect),
};

/** The same in the format of the other mock servers. */
export const rehearsalOpenAi: ServerUnderTest = {
  name: 'rehearsal, openai-chat',
  note: 'the same in OpenAI’s chat format, as the other mock servers',
  start: startRehearsal(openAiDialect),
};

function startRehearsal(dialect: Dialect): ServerUnderTest['start'] {
  return (schedule, signal) =>
    inFolder(async (folder) => {
      const file = join(folder, 'bench.yaml');
      await writeFile(file, stringify(scenarioOf(schedule)));
      const main = `${node} ${entry(`../scenarios/main${import.meta.url.slice(-3)}`)}`;
      const quiet = '--log-level warn --port';
      const agent = await startServerCommand(
        `exec ${main} agent ${JSON.stringify(file)} --no-watch --log-level warn --agent-port $PORT`,
        signal,
      );
      const gateway = await startServerCommand(
        `exec ${main} gateway --agent 127.0.0.1:${agent.port} --max-streams 100000 ${quiet} $PORT`,
        signal,
      );
      return started([gateway, agent], dialect, schedule);
    });
}

/** What a server on Node can hardly do with less. */
export const floor: ServerUnderTest = {
  name: 'floor',
  note: 'bare node:http, one timer, the same bytes; no plan, no agent, no check',
  start: async (schedule, signal) => {
    const floorEntry = entry(`floor${import.meta.url.slice(-3)}`);
    const given = `'${JSON.stringify(schedule)}'`;
    const server = await startServerCommand(`exec ${node} ${floorEntry} $PORT ${given}`, signal);
    return started([server], specifiedDialect, schedule);
  },
};

export const aimock: ServerUnderTest = {
  name: 'aimock',
  note: `${nameWithVersion('@copilotkit/aimock')}: its delays follow one another, so they add up`,
  start: startPeer('@copilotkit/aimock', async (folder, schedule, installed) => {
    const fixture = {
      match: {},
      response: { content: textOf(schedule) },
      chunkSize: word.length,
      // An event without text comes first.
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
  note: `${nameWithVersion('@dwmkerr/mock-llm')}: knows no other time to the first chunk than its interval`,
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

/** A folder for as long as a server starts: each has read its files by the time that it listens. */
async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-bench-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param servers in the order in which they are to be ended */
function started(
  servers: readonly CommandServer[],
  dialect: Dialect,
  schedule: Schedule,
): StartedServer {
  const [{ port } = { port: 0 }] = servers;
  return {
    port,
    dialect,
    schedule,
    groups: servers.map(({ group }) => group),
    async close() {
      for (const server of servers) await server.close();
    },
  };
}
