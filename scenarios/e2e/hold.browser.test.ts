import { expect, onTestFinished, test } from 'vitest';

import { launchBrowser, skipsBrowser } from '../../reports/testing/browser.ts';
import { startServer } from './support/command.ts';
import { servePage } from './support/playwright/serve-page.ts';

/** A page that shows the text as it comes, with a Stop button. */
const page = (endpoint: string) => `<button onclick="stop.abort()">Stop</button><p></p><script>
  const stop = new AbortController();
  const fault = encodeURIComponent('{"hold": {"at": {"chars": 40}}}');
  const read = async () => {
    const response = await fetch('${endpoint}?prompt=hi&fault=' + fault, { signal: stop.signal });
    let body = '';
    for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
      body += part;
      const deltas = [...body.matchAll(/"delta":"([^"]*)"/g)].map(([, delta]) => delta);
      document.querySelector('p').textContent = deltas.join('');
    }
  };
  read();
</script>`;

test.skipIf(skipsBrowser)(
  'a Stop button in a page reaches the agent of serve while it holds the stream',
  async () => {
    const serve = await startServer('serve', ['healthy', '--log-level', 'debug']);
    const app = await servePage(page(serve.endpoint));
    onTestFinished(() => void app.close());
    const browser = await launchBrowser();
    onTestFinished(() => browser.close());
    const tab = await browser.newPage();
    await tab.goto(app.url);
    const text = () => tab.evaluate(() => document.querySelector('p')?.textContent?.length);
    await expect.poll(text).toBe(40);
    const openStreams = async () =>
      (await (await fetch(`${serve.origin}/__rehearsal/streams`)).json()) as object;
    expect(await openStreams()).toMatchObject({ streams: [{ isHeld: true, chars: 40 }] });

    await tab.getByRole('button', { name: 'Stop' }).click();
    await expect.poll(openStreams).toEqual({ streams: [] });
    await expect.poll(() => serve.stderr()).toMatch(/"faults":\["hold"\],"cause":"cancelled"/);
  },
  60_000,
);
