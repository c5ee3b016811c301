import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { ownClient } from './support/clients/own-client.ts';
import { faultNames } from '../../mock-agent/faults/all-faults.ts';
import { withRequestedFaults } from '../../mock-agent/faults/requested-fault.ts';
import { findScenario } from '../file/find-scenario.ts';
import { runClient } from './support/clients/client.ts';
import { skipsCurl } from './support/curl.ts';
import { ask } from './support/good-client.ts';
import { startCaseServer } from '../clients/case-server.ts';
import { withFault } from '../clients/client-cases.ts';
import { judgeText } from '../clients/judge-text.ts';
import { generatePath } from '../../proto/interface.ts';
import { clientLimits, tableLimits } from './support/clients/client-limits.ts';

/** Checks docs/clients.md: its commands, their outcome for our client, and its snippet. */
const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');

/** A command of the guide and the outcomes that the guide documents. */
interface GuideCommand {
  section: string;
  command: string;
  /** A part of the output. */
  output: string | undefined;
  /** The rows `options | ends with | text` as written. */
  rows: string[][];
}

const [guide = ''] = page.split('\n## Try your own client\n');

const guideCommands = guide.split(/^### /m).flatMap((section): GuideCommand[] =>
  section
    .split('```sh\n')
    .slice(1)
    .map((part) => ({
      section: section.slice(0, section.indexOf('\n')),
      command: part.slice(0, part.indexOf('\n```')),
      output: /^```\n\n```\n(.*)\n```/m.exec(part)?.[1],
      rows: [...part.matchAll(/^\| (.*) \|$/gm)]
        .map(([, row = '']) => row.split('|').map((cell) => cell.replaceAll('`', '').trim()))
        .filter(([first]) => first !== 'options' && !first?.startsWith('---')),
    })),
);

const healthy = await findScenario('healthy');

/** At this speed a timeout and a stall near it differ by 400 ms, enough on a busy machine. */
const speed = 5;

/** Returns the output of curl, which exits with an error if a stream is cut. */
function run(command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], (_, stdout) => resolve(stdout));
  });
}

test('every section of the guide has a command', () => {
  const sections = guide.match(/^### /gm) ?? [];
  expect(new Set(guideCommands.map(({ section }) => section)).size).toBe(sections.length);
  expect(guideCommands.flatMap(({ rows }) => rows).length).toBeGreaterThan(20);
});

test('the guide mentions every fault, and its faults are valid', () => {
  const inline = [...guide.matchAll(/`(\{"[^`]*\})`/g)].map(([, fault = '']) => fault);
  for (const fault of inline) expect(withRequestedFaults([], fault)).toHaveLength(1);
  expect(inline.length).toBeGreaterThan(5);
  expect(faultNames.filter((name) => !new RegExp(`\\b${name}\\b`).test(guide))).toEqual([]);
});

test.skipIf(skipsCurl).concurrent.each(guideCommands)(
  '$section: $command shows what the guide says',
  async ({ command, output = '' }) => {
    const stack = await startCaseServer([healthy], tableLimits);
    const stdout = await run(command.replaceAll('http://127.0.0.1:8080', stack.url));
    expect(stdout).toContain(output);
    expect(stack.requests()).toHaveLength(1);
    await stack.close();
  },
  30_000,
);

test.concurrent.each(
  guideCommands.flatMap(({ section, command, rows }) =>
    rows.map(([options = '', end = '', text = '']) => ({ section, command, options, end, text })),
  ),
)(
  '$section: for $command the client with $options ends with "$end" and text $text',
  async ({ command, options, end, text }) => {
    expect(await tryOwnClient(command, options)).toEqual([end, text]);
  },
);

/** Sends the request of a command with our client; returns how it ends and what text it has. */
async function tryOwnClient(command: string, options: string): Promise<[string, string]> {
  const url = new URL(/'(http:[^']*)'/.exec(command)?.[1] ?? '');
  const [, name = 'x', value = ''] = /-H '([^:]*): (.*)'/.exec(command) ?? [];
  const prompt = url.searchParams.get('prompt') ?? '';
  url.searchParams.delete('prompt');
  const stack = await startCaseServer([healthy], { ...tableLimits, speed });
  const client = ownClient({
    ...limitsAtSpeed(options),
    headers: { [name]: value },
  });
  const stackUrl = url.href.replace(url.origin, stack.url);
  const request = { url: stackUrl, baseURL: stack.url, prompt, closedAtEnd: true };
  const state = await runClient(client, request, new AbortController().signal);
  const fault = url.searchParams.get('fault') ?? value;
  const scenario = fault === '' ? healthy : withFault(healthy, fault);
  const requests = stack.requests().map((each) => each.request);
  await stack.close();
  const code = state.code === null ? undefined : `generation ${state.code}`;
  return [
    state.final ? 'completed' : (code ?? state.clientError ?? 'nothing'),
    judgeText(state.text, { scenario, prompt }, requests),
  ];
}

/** Returns the options of the guide, with timeouts divided by the speed. */
function limitsAtSpeed(options: string): object {
  const written = parse(options === 'none' ? '{}' : `{ ${options} }`) as Record<string, number>;
  const scaled = Object.entries(written).map(([key, value]) => [
    key,
    key.endsWith('Ms') ? value / speed : value,
  ]);
  return { ...clientLimits, ...Object.fromEntries(scaled) };
}

test('the snippet of the guide is the tested one, verbatim', () => {
  const source = readFileSync(new URL('support/good-client.ts', import.meta.url), 'utf8');
  const [, ...lines] = source.split('\n');
  const snippet = lines.join('\n').replace("'../../../client/index.ts'", "'rehearsal/client'");
  expect(guide).toContain(`\`\`\`ts\n${snippet.trim()}\n\`\`\`\n`);
});

test.each<[string, string, boolean, boolean]>([
  ['', '', false, true],
  ['{"dropConnection":{"at":{"chars":180},"midEvent":true}}', '', false, true],
  ['{"httpStatus":{"status":429}}', 'too many people are asking', true, false],
  ['{"httpStatus":{"status":500}}', 'cannot answer at the moment', true, false],
  ['{"errorStatus":{"at":{"chars":150}}}', 'the answer is incomplete', true, true],
  ['{"errorStatus":{"at":"start"}}', 'that failed', true, false],
])('with %s the snippet of the guide shows "%s"', async (fault, words, offered, text) => {
  const stack = await startCaseServer([healthy], tableLimits);
  const messages: [string, boolean][] = [];
  let shown = '';
  const endpoint = stack.url + generatePath;
  const url = `${endpoint}?fault=${encodeURIComponent(fault)}`;
  await ask(
    fault === '' ? endpoint : url,
    'hi',
    {
      show: (text) => (shown = text),
      say: (words, offer) => messages.push([words, offer]),
    },
    new AbortController().signal,
  );
  await stack.close();
  expect(messages).toEqual([
    ['thinking …', false],
    [words, offered],
  ]);
  expect(shown !== '').toBe(text);
});

test('the snippet of the guide shows "stopped" without a retry after an abort', async () => {
  const stack = await startCaseServer([healthy], tableLimits);
  const stop = new AbortController();
  const messages: [string, boolean][] = [];
  await ask(
    stack.url + generatePath,
    'hi',
    { show: () => stop.abort(), say: (words, offer) => messages.push([words, offer]) },
    stop.signal,
  );
  expect(messages.at(-1)).toEqual(['stopped', false]);
  await expect.poll(() => stack.requests().at(-1)?.end).toBe('client-left');
  await stack.close();
});
