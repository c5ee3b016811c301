/**
 * The three ways to ask for a stream. Each tells `on` what comes, and gives a function that stops it.
 *
 * on.frame(text): as it came; on.event(name, data): parsed; on.over(how, words): once, at the end.
 */
export const transports = { fetch: byFetch, eventsource: byEventSource, websocket: byWebSocket };

/** Where the interface stands. */
export const path = '/api/v1/ai/generate';

function byFetch({ query, body, token }, on) {
  const stopped = new AbortController();
  void run().catch((error) =>
    on.over(
      stopped.signal.aborted ? 'stopped' : 'cut',
      stopped.signal.aborted ? '' : error.message,
    ),
  );
  return () => stopped.abort();

  async function run() {
    const response = await fetch(`${path}?${query}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token === '' ? {} : { Authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      signal: stopped.signal,
    });
    const type = response.headers.get('Content-Type') ?? '';
    if (!response.ok || !type.startsWith('text/event-stream')) {
      const text = await response.text();
      on.frame(`HTTP ${response.status} ${type}\n\n${text}\n`);
      on.over('refused', `HTTP ${response.status}: ${wordsOf(text)}`);
      return;
    }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      on.frame(value);
      const blocks = (rest + value).split(/\r\n\r\n|\n\n|\r\r/);
      rest = blocks.pop();
      for (const block of blocks) readBlock(block, on);
    }
    on.over('cut', 'the body ended');
  }
}

/** A block of lines as the standard has it: names and values, comments left out. */
function readBlock(block, on) {
  let name = 'message';
  const data = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  }
  if (data.length > 0) on.event(name, data.join('\n'));
}

function byEventSource({ query, body, token }, on) {
  const asked = new URLSearchParams({
    stream: 'true',
    ...body,
    ...Object.fromEntries(withToken(query, token)),
  });
  const source = new EventSource(`${path}?${asked}`);
  for (const name of ['message', 'error', 'ping']) {
    source.addEventListener(name, ({ data }) => {
      if (data !== undefined) {
        on.frame(`event: ${name}\ndata: ${data}\n\n`);
        on.event(name, data);
      } else if (source.readyState === EventSource.CLOSED) {
        on.over('refused', 'an EventSource is not told why it was refused: try fetch');
      } else {
        on.frame(': the connection was lost; the browser asks again by itself\n\n');
      }
    });
  }
  return () => {
    source.close();
    on.over('stopped', '');
  };
}

function byWebSocket({ query, body, token }, on) {
  const address = new URL(`${path}?${withToken(query, token)}`, location.href);
  address.protocol = address.protocol.replace('http', 'ws');
  const socket = new WebSocket(address);
  let stopped = false;
  socket.addEventListener('open', () => socket.send(JSON.stringify(body)));
  socket.addEventListener('message', ({ data }) => {
    on.frame(`${data}\n`);
    try {
      const { event, data: said } = JSON.parse(data);
      on.event(event, JSON.stringify(said));
    } catch {
      on.event('message', data);
    }
  });
  socket.addEventListener('close', ({ code }) =>
    on.over(stopped ? 'stopped' : 'cut', stopped ? '' : `the WebSocket was closed (${code})`),
  );
  return () => {
    stopped = true;
    socket.close();
  };
}

/** Neither an EventSource nor a WebSocket can send headers of a page's own. */
export function withToken(query, token) {
  const all = new URLSearchParams(query);
  if (token !== '') all.set('token', token);
  return all;
}

function wordsOf(text) {
  try {
    const { code, error, details } = JSON.parse(text);
    return [code, error, details].filter(Boolean).join(', ');
  } catch {
    return 'a page that is no JSON';
  }
}
