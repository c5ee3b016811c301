import { generatePath } from '../../../proto/interface.ts';
import { withToken, type GenerationRequest } from './transports.ts';

/** Stands for the token, which must not be copied with a command. */
const placeholder = 'YOUR_TOKEN';

/** What a snippet is made from. */
interface Parts {
  url: string;
  /** With the whole request in its query. */
  getUrl: string;
  webSocketUrl: string;
  body: GenerationRequest['body'];
  json: string;
  /** Empty where the request has none. */
  token: string;
}

const snippets = {
  curl({ url, json, token }: Parts) {
    const header = token && ` \\\n  -H 'Authorization: Bearer ${token}'`;
    return `curl -N ${quote(url)} \\\n  -H 'Content-Type: application/json'${header} \\\n  -d ${quote(json)}`;
  },
  client({ url, body, token }: Parts) {
    const options = JSON.stringify(token === '' ? body : { ...body, token });
    return `import { generate } from 'rehearsal/client';

for await (const { delta } of generate(${JSON.stringify(url)}, ${options})) {
  console.log(delta);
}`;
  },
  fetch({ url, json, token }: Parts) {
    const header = token && `, Authorization: 'Bearer ${token}'`;
    return `const response = await fetch(${JSON.stringify(url)}, {
  method: 'POST',
  headers: { 'Content-Type': 'application/json'${header} },
  body: ${JSON.stringify(json)},
});
// server-sent events in response.body, or an error as JSON if response.ok is false`;
  },
  eventsource({ getUrl }: Parts) {
    return `const source = new EventSource(${JSON.stringify(getUrl)});
source.addEventListener('message', ({ data }) => {
  const { delta, isFinal } = JSON.parse(data);
  console.log(delta);
  if (isFinal) source.close();
});
source.addEventListener('error', ({ data }) => {
  if (data) source.close(); // the server's own error; without data the connection was lost
});`;
  },
  websocket({ webSocketUrl, json }: Parts) {
    return `const socket = new WebSocket(${JSON.stringify(webSocketUrl)});
socket.addEventListener('open', () => socket.send(${JSON.stringify(json)}));
socket.addEventListener('message', ({ data }) => console.log(JSON.parse(data)));`;
  },
};

export type SnippetKind = keyof typeof snippets;

/** Returns code or a command that sends the same request. */
export function snippetOf(kind: SnippetKind, request: GenerationRequest): string {
  const { query, body } = request;
  const token = request.token && placeholder;
  const queryWithToken = withToken(query, token);
  const getFields = { stream: 'true', ...body, ...Object.fromEntries(queryWithToken) };
  return snippets[kind]({
    url: addressOf(query),
    getUrl: addressOf(new URLSearchParams(getFields)),
    webSocketUrl: addressOf(queryWithToken).replace(/^http/, 'ws'),
    body,
    json: JSON.stringify(body),
    token,
  });
}

function addressOf(query: URLSearchParams): string {
  const address = `${location.origin}${generatePath}`;
  return query.size === 0 ? address : `${address}?${query}`;
}

/** For a shell: everything in it is text. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
