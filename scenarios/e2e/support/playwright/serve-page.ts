import { createServer } from 'node:http';

/**
 * Starts a server that answers every request with a page, and records the requests.
 * Pages that Playwright fulfils itself do not work here: Chromium blocks their requests to 127.0.0.1.
 */
export async function servePage(html: string) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.url} ${JSON.stringify(request.headers)}`);
    response.setHeader('Content-Type', 'text/html');
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.end(`<!doctype html>${html}`);
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address !== 'object') throw new Error('the page has no port');
  return { url: `http://127.0.0.1:${address.port}`, requests, close: () => server.close() };
}
