import { expect, onTestFinished, test } from 'vitest';

import { createAuthority } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { launchBrowser, skipsBrowser } from '../../reports/testing/browser.ts';
import { startServer } from './support/command.ts';

/** Starts `serve` over HTTPS, and a page of its origin in Chromium. */
async function open(path: string) {
  const authority = await createAuthority();
  const files = await writeFiles({ ...(await authority.issue()) });
  const flags = ['--tls-cert', files.cert, '--tls-key', files.key];
  const serve = await startServer('serve', ['healthy', '--log-level', 'debug', ...flags]);
  expect(serve.origin).toMatch(/^https:/);
  const browser = await launchBrowser();
  onTestFinished(() => browser.close());
  const page = await browser.newPage({ ignoreHTTPSErrors: true });
  await page.goto(serve.origin + path);
  return { serve, page };
}

/** What an EventSource of the page has read until its final message, or its first error. */
function readInPage(addresses: string[]) {
  const read = (address: string) =>
    new Promise<{ text: string; ending: string }>((resolve) => {
      const source = new EventSource(address);
      let text = '';
      const end = (ending: string) => {
        source.close();
        resolve({ text, ending });
      };
      source.addEventListener('message', ({ data }) => {
        const { delta, isFinal } = JSON.parse(data);
        text += delta;
        if (isFinal) end('final');
      });
      source.addEventListener('error', () => end('error'));
    });
  return Promise.all(addresses.map(read));
}

const address = (key: string, fault = '') =>
  `/api/v1/ai/generate?prompt=hi&key=${key}&fault=${encodeURIComponent(fault)}`;

/** The open streams that are held, by the control interface as a page of the same origin uses it. */
const heldStreams = async () => {
  const answer = await fetch('/__rehearsal/streams');
  const { streams }: { streams: { id: string; isHeld: boolean }[] } = await answer.json();
  return streams.filter(({ isHeld }) => isHeld).map(({ id }) => id);
};

test.skipIf(skipsBrowser)(
  '30 EventSources of one page are open at once over HTTP/2, and a cut of one harms no other',
  async () => {
    const { page } = await open('/healthz');
    const keys = Array.from({ length: 30 }, (_, index) => `key-${index}`);
    const [cut, held] = ['dropConnection', 'hold'].map((name) =>
      JSON.stringify({ [name]: { at: { chars: 40 } } }),
    );
    const reading = page.evaluate(
      readInPage,
      keys.map((key) => address(key, key === 'key-7' ? cut : held)),
    );
    await expect.poll(() => page.evaluate(heldStreams)).toHaveLength(29);
    const ids = await page.evaluate(heldStreams);
    const released = await page.evaluate(
      (paths) => {
        const asked = {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: '{}',
        };
        return Promise.all(paths.map(async (path) => (await fetch(path, asked)).status));
      },
      ids.map((id) => `/__rehearsal/streams/${id}/release`),
    );
    expect(new Set(released)).toEqual(new Set([200]));
    const answers = await reading;
    expect(answers.map(({ ending }) => ending)).toEqual(
      keys.map((key) => (key === 'key-7' ? 'error' : 'final')),
    );
    // A cut is at the end of the chunk that has its place.
    expect(answers.map(({ text }) => text.length > 80)).toEqual(keys.map((key) => key !== 'key-7'));
    const protocols = await page.evaluate(() =>
      performance.getEntriesByType('resource').map((entry) => entry.toJSON().nextHopProtocol),
    );
    expect(new Set(protocols)).toEqual(new Set(['h2']));
  },
  60_000,
);

test.skipIf(skipsBrowser)(
  'a fetch that the page aborts reaches the agent over HTTP/2',
  async () => {
    const { serve, page } = await open('/healthz');
    await page.evaluate(
      async (path) => {
        const stop = new AbortController();
        const response = await fetch(path, { signal: stop.signal });
        await response.body?.getReader().read();
        stop.abort();
      },
      address('left', '{"hold": {"at": {"chars": 40}}}'),
    );
    await expect.poll(() => serve.stderr()).toMatch(/"faults":\["hold"\],"cause":"cancelled"/);
  },
);
