import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { answerOf } from '../../../proto/dialects/answer.ts';
import type { ChatMessage } from '../../../proto/parts.ts';
import { launchBrowser, skipsBrowser } from '../../../reports/testing/browser.ts';
import { planOf } from '../../expect/plan-request.ts';
import { findScenario } from '../../file/find-scenario.ts';
import {
  startRehearsal,
  type Rehearsal,
  type RehearsalOptions,
} from '../../testkit/start-rehearsal.ts';
import type { ChatPageSettings, ChatPageState } from './support/chat-page.ts';

const prompt = 'What is the weather like?';
const key = 'k-1';
const slow = { timeout: 60_000 };
const tools = [
  {
    name: 'get_weather',
    description: 'Tells the weather of a city.',
    inputSchema: {
      type: 'object',
      properties: { city: { type: 'string' } },
      required: ['city'],
    },
  },
];

/** The names by which `make test-nodes` installs the newest packages. */
const newestReact = { ai: 'ai-7', '@ai-sdk/react': '@ai-sdk/react-4' };

let browser: Browser;
let pages: Server;
let origin: string;
let rehearsal: Rehearsal | undefined;

beforeAll(async () => {
  if (skipsBrowser) return;
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('support/chat-page.ts', import.meta.url))],
    bundle: true,
    alias: process.env['SDKS'] === 'newest' ? newestReact : {},
    define: { 'process.env.NODE_ENV': '"production"' },
    platform: 'browser',
    write: false,
  });
  const script = outputFiles[0]?.text ?? '';
  pages = createServer(({ url }, response) => {
    const isScript = url === '/page.js';
    response.setHeader('Content-Type', `text/${isScript ? 'javascript' : 'html'}; charset=utf-8`);
    response.end(
      isScript ? script : '<!doctype html><div id="root"></div><script src="/page.js"></script>',
    );
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => pages.once('listening', resolve));
  const address = pages.address();
  if (address === null || typeof address !== 'object') throw new Error('the page has no port');
  origin = `http://127.0.0.1:${address.port}`;
  browser = await launchBrowser();
});

afterAll(async () => {
  if (skipsBrowser) return;
  await browser.close();
  pages.close();
});

afterEach(async () => {
  await rehearsal?.close();
  rehearsal = undefined;
});

/** Opens a page before a rehearsal, and sends the prompt. */
async function ask(
  options: RehearsalOptions,
  settings: Partial<ChatPageSettings> = {},
): Promise<{ page: Page; server: Rehearsal }> {
  rehearsal = await startRehearsal(options);
  const page = await browser.newPage();
  const query: ChatPageSettings = {
    url: rehearsal.url,
    chatId: 'chat-1',
    headers: { 'x-rehearsal-key': key },
    body: {},
    resume: false,
    toolOutput: null,
    ...settings,
  };
  await page.goto(`${origin}/?settings=${encodeURIComponent(JSON.stringify(query))}`);
  await page.getByLabel('Prompt').fill(prompt);
  await page.keyboard.press('Enter');
  return { page, server: rehearsal };
}

async function stateOf(page: Page): Promise<ChatPageState> {
  return JSON.parse((await page.locator('output').textContent()) ?? '') as ChatPageState;
}

async function partsOf(page: Page) {
  const { messages } = await stateOf(page);
  return messages.filter(({ role }) => role === 'assistant').map(({ parts }) => parts);
}

/** Waits until the chat is over, well or not. */
async function settle(page: Page): Promise<ChatPageState> {
  await expect.poll(async () => (await stateOf(page)).messages.length, slow).toBeGreaterThan(0);
  await expect.poll(async () => (await stateOf(page)).status, slow).toMatch(/^(ready|error)$/);
  return stateOf(page);
}

const question: ChatMessage = { role: 'user', content: prompt, toolCalls: [], toolCallId: '' };

test.skipIf(skipsBrowser)('useChat shows reasoning and text as planned', async () => {
  const { page } = await ask({ scenario: 'reasoning', speed: 'instant' });
  await expect.poll(async () => (await partsOf(page)).flat().length, slow).toBe(3);
  const { status, error } = await settle(page);
  expect({ status, error }).toEqual({ status: 'ready', error: undefined });
  const plan = planOf(await findScenario('reasoning'), { prompt, key, messages: [question] });
  const { text, reasoning } = answerOf(
    plan.chunks.map((data) => ({ event: 'message' as const, data })),
  );
  expect(reasoning).not.toBe('');
  expect(await partsOf(page)).toMatchObject([
    [
      { type: 'step-start' },
      { type: 'reasoning', text: reasoning, state: 'done' },
      { type: 'text', text, state: 'done' },
    ],
  ]);
});

test.skipIf(skipsBrowser)(
  'useChat calls a tool of the page, sends its output and shows the final answer',
  async () => {
    const toolOutput = { temperature: 18, words: 'sunny "and" warm' };
    const { page, server } = await ask(
      { scenario: 'agent-loop', speed: 'instant' },
      { body: { tools }, toolOutput },
    );
    await expect.poll(async () => (await partsOf(page)).flat().length, slow).toBe(5);
    const { status, error } = await settle(page);
    expect({ status, error }).toEqual({ status: 'ready', error: undefined });

    const scenario = await findScenario('agent-loop');
    const planned = tools.map(({ inputSchema, ...tool }) => ({
      ...tool,
      parameters: JSON.stringify(inputSchema),
    }));
    const answers = [];
    const messages = [question];
    for (const nth of [1, 2]) {
      const plan = planOf(scenario, { prompt, key, messages, tools: planned, nth });
      const answer = answerOf(plan.chunks.map((data) => ({ event: 'message' as const, data })));
      answers.push(answer);
      const { toolCalls } = answer;
      messages.push(
        { role: 'assistant', content: answer.text, toolCalls, toolCallId: '' },
        {
          role: 'tool',
          content: JSON.stringify(toolOutput),
          toolCalls: [],
          toolCallId: toolCalls[0]?.id ?? '',
        },
      );
    }
    const [first, second] = answers;
    const [call] = first?.toolCalls ?? [];
    expect(await partsOf(page)).toMatchObject([
      [
        { type: 'step-start' },
        { type: 'reasoning', text: first?.reasoning },
        {
          type: 'tool-get_weather',
          toolCallId: call?.id,
          state: 'output-available',
          input: JSON.parse(call?.arguments ?? '') as unknown,
          output: toolOutput,
        },
        { type: 'step-start' },
        { type: 'text', text: second?.text, state: 'done' },
      ],
    ]);
    expect(server.requests()).toHaveLength(2);
  },
);

const text = 'What a person reads of an answer, word by word, up to its end.';
const given = { text: { given: text }, firstToken: '0ms', interToken: '0ms' } as const;

test.skipIf(skipsBrowser)(
  'useChat replaces an answer when it regenerates, with the second answer to the same question',
  async () => {
    const { page, server } = await ask({ scenario: 'healthy', speed: 'instant' }, { headers: {} });
    const shown = async () => {
      const answers = await partsOf(page);
      return answers.map((parts) => parts.flatMap((part) => ('text' in part ? part.text : '')));
    };
    const scenario = await findScenario('healthy');
    const planned = ([1, 2] as const).map((nth) =>
      planOf(scenario, { prompt, model: 'gpt-4', messages: [question], nth }),
    );
    const [first, second] = planned.map(({ text: whole }) => whole);
    expect(second).not.toBe(first);
    await expect.poll(async () => (await shown()).flat().join(''), slow).toBe(first);
    await settle(page);
    await page.getByRole('button', { name: 'Again' }).click();
    await expect.poll(async () => (await shown()).flat().join(''), slow).toBe(second);
    const { status, error } = await settle(page);
    expect({ status, error }).toEqual({ status: 'ready', error: undefined });
    // One answer of the assistant is left, and both requests sent the question alone.
    expect(await shown()).toHaveLength(1);
    expect(server.requests().map(({ prompt: asked, end }) => [asked, end])).toEqual([
      [prompt, 'final'],
      [prompt, 'final'],
    ]);
  },
);

test.skipIf(skipsBrowser)('useChat shows an error in place of the stream', async () => {
  const { page } = await ask({
    scenario: {
      behaviour: {
        ...given,
        faults: [{ refuse: { status: 'RESOURCE_EXHAUSTED', details: 'no' } }],
      },
    },
  });
  const { status, error, messages } = await settle(page);
  expect({ status, error }).toEqual({ status: 'error', error: 'no' });
  expect(messages.map(({ role }) => role)).toEqual(['user']);
});

test.skipIf(skipsBrowser)('useChat keeps the text before an error in the stream', async () => {
  const { page } = await ask({
    scenario: {
      behaviour: {
        ...given,
        faults: [{ errorStatus: { at: { chars: 20 }, details: 'the model failed' } }],
      },
    },
  });
  await expect.poll(async () => (await stateOf(page)).status, slow).toBe('error');
  const { error } = await settle(page);
  expect(error).toBe('the model failed');
  const shown = (await partsOf(page)).flat().flatMap((part) => ('text' in part ? part.text : []));
  expect(shown.join('').length).toBeGreaterThanOrEqual(20);
  expect(text.startsWith(shown.join(''))).toBe(true);
});

test.skipIf(skipsBrowser)('useChat resumes a stream after a reload, and has it whole', async () => {
  const { page, server } = await ask(
    {
      scenario: {
        behaviour: { ...given, faults: [{ stall: { at: { chars: 20 }, for: '10s' } }] },
      },
    },
    { resume: true },
  );
  await expect
    .poll(async () => JSON.stringify(await partsOf(page)), slow)
    .toContain(text.slice(0, 20));
  await page.reload();
  await expect.poll(async () => (await partsOf(page)).flat().length, slow).toBe(2);
  await expect.poll(async () => (await stateOf(page)).status, slow).toBe('ready');
  expect(await partsOf(page)).toMatchObject([
    [{ type: 'step-start' }, { type: 'text', text, state: 'done' }],
  ]);
  expect(server.requests().map(({ end }) => end)).toEqual(['client-left', 'final']);
});

test.skipIf(skipsBrowser)(
  'useChat that resumes a stream that is over asks for nothing',
  async () => {
    const { page, server } = await ask({ scenario: { behaviour: given } }, { resume: true });
    await expect.poll(async () => JSON.stringify(await partsOf(page)), slow).toContain(text);
    await settle(page);
    const answered = page.waitForResponse((response) => response.url().endsWith('/chat-1/stream'));
    await page.reload();
    expect((await answered).status()).toBe(204);
    const { status, error } = await settle(page);
    expect({ status, error }).toEqual({ status: 'ready', error: undefined });
    expect(server.requests().map(({ end }) => end)).toEqual(['final', 'nothing-more']);
  },
);
