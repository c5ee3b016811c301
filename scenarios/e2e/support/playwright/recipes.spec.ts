// docs/testing.md shows the recipes of this file verbatim, which a test checks.
import { expect, rehearsalTest } from '../../../testkit/playwright.ts';
import { servePage } from './serve-page.ts';

// recipes from here

const test = rehearsalTest({ scenario: 'healthy', speed: 10, inPlaceOf: 'http://localhost:8080' });

test('shows the answer', async ({ page, rehearsal }) => {
  await rehearsal.use({ behaviour: { text: { given: 'Hello there' } } });
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect(page.getByRole('status')).toHaveText('Hello there');
  await expect.poll(() => rehearsal.requests()).toStopAfterFinal();
});

test('says how long to wait where the server is busy', async ({ page, rehearsal }) => {
  await rehearsal.next({ fault: { httpStatus: { status: 429, retryAfter: '7s' } } });
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect(page.getByRole('status')).toHaveText('Busy, try again in 7 s');
});

// recipes to here

// A minimal page: it sends a request on a click and shows the result.
const html = `<button onclick="ask()">Ask</button><p role="status"></p><script>
  const say = (text) => { document.querySelector('p').textContent = text; };
  async function ask() {
    const response = await fetch('http://localhost:8080/api/v1/ai/generate?prompt=hi');
    if (!response.ok) return say('Busy, try again in ' + response.headers.get('Retry-After') + ' s');
    const deltas = (await response.text()).matchAll(/"delta":"([^"]*)"/g);
    say([...deltas].map(([, delta]) => delta).join(''));
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
