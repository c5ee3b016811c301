import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A minimal server of the specified interface: a first message after the given milliseconds, then nine more
 * every 20 ms, the last one final. It imports no package, so it starts at once.
 */
const firstMs = Number(process.argv[2]);

createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.flushHeaders();
  const startMs = performance.now();
  const write = async () => {
    for (let nth = 0; nth < 10; nth += 1) {
      await sleep(Math.max(0, startMs + firstMs + nth * 20 - performance.now()));
      const data = JSON.stringify({ delta: `word ${nth} `, isFinal: nth === 9 });
      response.write(`event: message\ndata: ${data}\n\n`);
    }
    response.end();
  };
  void write();
}).listen(Number(process.env['PORT']), '127.0.0.1');
