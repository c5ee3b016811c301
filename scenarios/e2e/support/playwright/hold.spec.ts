// docs/testing.md shows the recipes of this file verbatim, which a test checks.
import { expect, rehearsalTest } from '../../../testkit/playwright.ts';
import { servePage } from './serve-page.ts';

// recipes from here

const test = rehearsalTest({ scenario: 'healthy', speed: 10, inPlaceOf: 'http://localhost:8080' });

test('shows a spinner while the answer is incomplete', async ({ page, rehearsal }) => {
  const given = 'A spinner turns until the whole answer is there.';
  await rehearsal.use({ behaviour: { text: { given } } });
  const opening = rehearsal.stream();
  await page.getByRole('button', { name: 'Ask' }).click();
  const stream = await opening;
  await stream.until({ chars: 40 });
  await expect(page.getByRole('status')).toHaveText('A spinner turns until the whole answer i');
  await expect(page.getByRole('progressbar')).toBeVisible();
  await stream.release();
  await expect(page.getByRole('status')).toHaveText(given);
  await expect(page.getByRole('progressbar')).toBeHidden();
});

test('the Stop button ends a stream that is stuck', async ({ page, rehearsal }) => {
  await rehearsal.next({ fault: { hold: { at: { chars: 40 } } } });
  await page.getByRole('button', { name: 'Ask' }).click();
  const stream = await rehearsal.stream();
  await expect.poll(() => rehearsal.requests()).toMatchObject([{ id: stream.id, chars: 40 }]);
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect.poll(() => rehearsal.requests()).toMatchObject([{ end: 'client-left', chars: 40 }]);
  await expect(page.getByRole('progressbar')).toBeHidden();
});

test('renders a code block that is not closed yet', async ({ page, rehearsal }) => {
  await rehearsal.use({ behaviour: { text: { given: 'Look:\n~~~js\nconst a = 1;\n~~~\n' } } });
  const opening = rehearsal.stream();
  await page.getByRole('button', { name: 'Ask' }).click();
  const stream = await opening;
  await stream.until({ chars: 19 });
  await expect(page.getByRole('code')).toHaveText('const a');
  await stream.release();
  await expect(page.getByRole('code')).toHaveText('const a = 1;');
});

test('a connection that breaks shows what has come', async ({ page, rehearsal }) => {
  await rehearsal.use({ behaviour: { text: { given: 'Half of an answer' } } });
  const opening = rehearsal.stream();
  await page.getByRole('button', { name: 'Ask' }).click();
  const stream = await opening;
  await stream.until({ chars: 4 });
  await stream.cut('reset');
  await expect(page.getByRole('status')).toHaveText('Half');
  await expect(page.getByRole('progressbar')).toBeHidden();
});

// recipes to here

test('shows a tool call whose arguments are half written', async ({
  page,
  rehearsal,
  rehearsalServer,
}) => {
  const toolCalls = [{ name: 'weather', arguments: { city: 'Lisbon' }, fragmentChars: 4 }];
  await rehearsal.use({ behaviour: { toolCalls, tokenChars: { min: 4, max: 4 } } });
  const opening = rehearsal.stream();
  const request = { url: rehearsalServer.url, headers: rehearsal.headers };
  await page.evaluate(`askTool(${JSON.stringify(request)})`);
  const stream = await opening;
  await stream.step(2);
  await expect(page.getByRole('status')).toHaveText('{"city":');
  await stream.release();
  await expect(page.getByRole('status')).toHaveText('{"city":"Lisbon"}');
});

// A minimal chat that shows the text as it arrives, code blocks, and whether the stream is open.
const html = `<button onclick="ask()">Ask</button><button onclick="stop.abort()">Stop</button>
<p role="status"></p><code></code><progress hidden></progress><script>
  const find = (selector) => document.querySelector(selector);
  let stop;
  let text;
  const show = (delta) => {
    text += delta;
    const [before, code = ''] = text.split('~~~js\\n');
    find('p').textContent = before;
    find('code').textContent = code.split('\\n~~~')[0];
  };
  async function read(url, init, deltaOf) {
    stop = new AbortController();
    text = '';
    find('progress').hidden = false;
    try {
      const response = await fetch(url, { ...init, signal: stop.signal });
      let rest = '';
      for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
        const events = (rest + part).split('\\n\\n');
        rest = events.pop();
        for (const event of events) {
          const [, json] = /^data: ({.*)$/m.exec(event) ?? [];
          if (json !== undefined) show(deltaOf(JSON.parse(json)) ?? '');
        }
      }
    } catch {
      // Stopped or broken: the text so far stays.
    }
    find('progress').hidden = true;
  }
  function ask() {
    read('http://localhost:8080/api/v1/ai/generate?prompt=hi', {}, ({ delta }) => delta);
  }
  function askTool({ url, headers }) {
    const body = JSON.stringify({
      model: 'm',
      stream: true,
      messages: [{ role: 'user', content: 'hi' }],
      tools: [{ type: 'function', function: { name: 'weather', parameters: {} } }],
    });
    const init = {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body,
    };
    read(url + '/v1/chat/completions', init, ({ choices }) =>
      choices[0]?.delta.tool_calls?.[0]?.function.arguments);
  }
</script>`;
let app: Awaited<ReturnType<typeof servePage>>;

test.beforeAll(async () => {
  app = await servePage(html);
});

test.afterAll(() => {
  app.close();
});

test.beforeEach(async ({ page }) => {
  await page.goto(app.url);
});
