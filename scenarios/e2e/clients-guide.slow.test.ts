import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { ownClient } from './support/clients/own-client.ts';
import { faultNames } from '../../mock-agent/faults/index.ts';
import { withRequestedFault } from '../../mock-agent/faults/requested-fault.ts';
import { findScenario } from '../file/find-scenario.ts';
import { nothingHeard } from './support/clients/client.ts';
import { skipsCurl } from './support/curl.ts';
import { ask } from './support/good-client.ts';
import { judgeText } from './support/observe-client.ts';
import { clientLimits, startScaled } from './support/scaled-stack.ts';

/** docs/clients.md, held to what happens: its commands, what our client makes of each, and its snippet. */
const page = readFileSync(new URL('../../docs/clients.md', import.meta.url), 'utf8');

/** A command of the guide with what it says of it, up to the next one. */
interface Attempt {
  section: string;
  command: string;
  /** What the answer has in it, among other things. */
  output: string | undefined;
  /** `options | ends with | text`, as written. */
  rows: string[][];
}

const [guide = ''] = page.split('\n## What clients do\n');

const attempts = guide.split(/^### /m).flatMap((section): Attempt[] =>
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

/** A limit and a stall beside it are then 100 ms apart or more, on a busy machine as well. */
const speed = 10;

/** What curl puts out; that a stream is cut, or left, is a failure to curl. */
function run(command: string): Promise<string> {
  return new Promise((resolve) => {
    execFile('bash', ['-c', command], (_, stdout) => resolve(stdout));
  });
}

test('the guide has a command for everything that it speaks of', () => {
  const sections = guide.match(/^### /gm) ?? [];
  expect(new Set(attempts.map(({ section }) => section)).size).toBe(sections.length);
  expect(attempts.flatMap(({ rows }) => rows).length).toBeGreaterThan(20);
});

test('the guide speaks of every fault there is, and as a request would have it', () => {
  const inline = [...guide.matchAll(/`(\{"[^`]*\})`/g)].map(([, fault = '']) => fault);
  for (const fault of inline) expect(withRequestedFault([], fault)).toHaveLength(1);
  expect(inline.length).toBeGreaterThan(5);
  expect(faultNames.filter((name) => !new RegExp(`\\b${name}\\b`).test(guide))).toEqual([]);
});

test.skipIf(skipsCurl).concurrent.each(attempts)(
  '$section: $command shows what the guide says',
  async ({ command, output = '' }) => {
    const stack = await startScaled([healthy]);
    const said = await run(command.replaceAll('http://127.0.0.1:8080', stack.url));
    expect(said).toContain(output);
    expect(stack.requests()).toHaveLength(1);
    await stack.close();
  },
  30_000,
);

test.concurrent.each(
  attempts.flatMap(({ section, command, rows }) =>
    rows.map(([options = '', end = '', text = '']) => ({ section, command, options, end, text })),
  ),
)(
  '$section: of $command the client makes, with $options, "$end" and text that is $text',
  async ({ command, options, end, text }) => {
    expect(await tryOwnClient(command, options)).toEqual([end, text]);
  },
);

/** What our client makes of the request that a command sends: how it ends, and what text it has. */
async function tryOwnClient(command: string, options: string): Promise<[string, string]> {
  const url = new URL(/'(http:[^']*)'/.exec(command)?.[1] ?? '');
  const [, name = 'x', value = ''] = /-H '([^:]*): (.*)'/.exec(command) ?? [];
  const prompt = url.searchParams.get('prompt') ?? '';
  url.searchParams.delete('prompt');
  const stack = await startScaled([healthy], speed);
  const heard = nothingHeard();
  const client = ownClient({
    ...limitsAtSpeed(options),
    headers: { [name]: value },
  });
  const there = url.href.replace(url.origin, stack.url);
  await client({ url: there, prompt, closedAtEnd: true }, heard, new AbortController().signal);
  const fault = url.searchParams.get('fault') ?? value;
  const trial = {
    name: command,
    scenario: healthy,
    prompt,
    ...(fault === '' ? {} : { fault }),
    closedAtEnd: true,
  };
  const requests = stack.requests().length;
  await stack.close();
  const code = heard.code === null ? undefined : `generation ${heard.code}`;
  return [
    heard.final ? 'completed' : (code ?? heard.complaint ?? 'nothing'),
    judgeText(heard.text, trial, requests),
  ];
}

/** Options as the guide has them, with the limits as much shorter as everything is faster. */
function limitsAtSpeed(options: string): object {
  const written = parse(options === 'none' ? '{}' : `{ ${options} }`) as Record<string, number>;
  const scaled = Object.entries(written).map(([key, value]) => [
    key,
    key.endsWith('Ms') ? value / speed : value,
  ]);
  return { ...clientLimits, ...Object.fromEntries(scaled) };
}

test('the snippet of the guide is the one that runs here, to the letter', () => {
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
])('with %s the snippet of the guide says "%s"', async (fault, words, offered, text) => {
  const stack = await startScaled([healthy]);
  const said: [string, boolean][] = [];
  let shown = '';
  const url = `${stack.endpoint}?fault=${encodeURIComponent(fault)}`;
  await ask(
    fault === '' ? stack.endpoint : url,
    'hi',
    {
      show: (text) => (shown = text),
      say: (words, offer) => said.push([words, offer]),
    },
    new AbortController().signal,
  );
  await stack.close();
  expect(said).toEqual([
    ['thinking …', false],
    [words, offered],
  ]);
  expect(shown !== '').toBe(text);
});

test('stopped, the snippet of the guide says so, and offers nothing', async () => {
  const stack = await startScaled([healthy]);
  const stop = new AbortController();
  const said: [string, boolean][] = [];
  await ask(
    stack.endpoint,
    'hi',
    { show: () => stop.abort(), say: (words, offer) => said.push([words, offer]) },
    stop.signal,
  );
  expect(said.at(-1)).toEqual(['stopped', false]);
  await expect.poll(() => stack.requests().at(-1)?.end).toBe('client-left');
  await stack.close();
});
