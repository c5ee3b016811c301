import { path, withToken } from './transports.js';

/** In place of a token, which belongs into no command that is copied. */
const placeholder = 'YOUR_TOKEN';

/** What asks for the same elsewhere, ready to be copied. */
export function snippetOf(kind, { query, body, token }) {
  const json = JSON.stringify(body);
  const suffix = query.size === 0 ? '' : `?${query}`;
  const url = `${location.origin}${path}${suffix}`;
  const shown = token && placeholder;
  // Where a page can set no header, the token goes where the transports have it.
  const withPlaceholder = withToken(query, shown);
  const get = `${location.origin}${path}?${new URLSearchParams({ stream: 'true', ...body, ...Object.fromEntries(withPlaceholder) })}`;
  const webSocket = `${location.origin}${path}${withPlaceholder.size === 0 ? '' : `?${withPlaceholder}`}`;
  const curlHeader = shown && ` \\\n  -H 'Authorization: Bearer ${shown}'`;
  const options = JSON.stringify(shown ? { ...body, token: shown } : body);
  const headers = shown && `, Authorization: 'Bearer ${shown}'`;
  const snippets = {
    curl: `curl -N ${quoted(url)} \\\n  -H 'Content-Type: application/json'${curlHeader} \\\n  -d ${quoted(json)}`,
    client: `import { generate } from 'rehearsal/client';

for await (const { delta } of generate(${JSON.stringify(url)}, ${options})) {
  console.log(delta);
}`,
    fetch: `const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json'${headers} },
  body: ${JSON.stringify(json)},
});
// server-sent events in response.body, or an error as JSON where response.ok is false`,
    eventsource: `const source = new EventSource(${JSON.stringify(get)});
source.addEventListener('message', ({ data }) => {
  const { delta, isFinal } = JSON.parse(data);
  console.log(delta);
  if (isFinal) source.close();
});
source.addEventListener('error', ({ data }) => {
  if (data) source.close(); // the server's own error; without data the connection was lost
});`,
    websocket: `const socket = new WebSocket(${JSON.stringify(webSocket.replace(/^http/, 'ws'))});
socket.addEventListener('open', () => socket.send(${JSON.stringify(json)}));
socket.addEventListener('message', ({ data }) => console.log(JSON.parse(data)));`,
  };
  return snippets[kind];
}

/** For a shell: whatever is in it is text. */
function quoted(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
