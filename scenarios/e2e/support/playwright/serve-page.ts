import { createServer } from 'node:http';

/**
 * An origin of its own that answers whatever it is asked with a page, and remembers what that was.
 * A page that Playwright makes up would not do: Chromium lets none of those ask 127.0.0.1.
 */
export async function servePage(html: string) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url} ${JSON.stringify(request.headers)}`);
    response.setHeader('Content-Type', 'text/html');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end(`<!doctype html>${html}`);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('the page has no port');
  return { url: `http://127.0.0.1:${address.port}`, asked, close: () => server.close() };
}
