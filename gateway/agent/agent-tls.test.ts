import { createServer } from 'node:net';

import { Channel, Metadata, ServerCredentials, status } from '@grpc/grpc-js';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { listenOn } from '../../proto/listen.ts';
import { createAuthority, type Authority, type Issued } from '../../proto/testing/authority.ts';
import { writeFiles } from '../../proto/testing/write-files.ts';
import { agentServiceDefinition } from '../../proto/agent-service.ts';
import { readAgentAccess } from './agent-access.ts';
import { createAgentClient } from './agent-client.ts';
import { specifiedInterface } from './agent-interface.ts';
import { createTappedCredentials, tappedCallOf } from './grpc-internals.ts';
import { silenceLimits } from './silence-watch.ts';
import { sayHello, startGatewayBefore, post } from '../testing/start-before.ts';
import { startScriptedAgent, type AgentScript } from '../testing/scripted-agent.ts';

const noAccess = { agentTls: false, agentMetadata: [] };

let authority: Authority;
let stranger: Authority;
let agentsOwn: Issued;

beforeAll(async () => {
  authority = await createAuthority('ours');
  stranger = await createAuthority('a stranger');
  agentsOwn = await authority.issue();
});

/** Starts an agent of grpc-js over TLS. */
async function startTlsAgent({
  own = agentsOwn,
  clientCa,
  script = sayHello,
}: {
  own?: Issued;
  /** The authority of the clients, if they must show a certificate. */
  clientCa?: string;
  script?: AgentScript;
} = {}): Promise<string> {
  const credentials = ServerCredentials.createSsl(
    clientCa === undefined ? null : Buffer.from(clientCa),
    [{ cert_chain: Buffer.from(own.cert), private_key: Buffer.from(own.key) }],
    clientCa !== undefined,
  );
  const agent = await startScriptedAgent(script, 0, { credentials });
  onTestFinished(agent.close);
  return agent.address;
}

/** Returns the answer to a generation, and that of the readiness check. */
async function answersOf(gateway: { url: string; endpoint: string }) {
  const ready = await fetch(`${gateway.url}/readyz`);
  const response = await post(gateway.endpoint);
  return { status: response.status, body: await response.text(), ready: await ready.text() };
}

const unavailable = (details: string) => {
  const body = JSON.stringify({
    error: 'The agent cannot be reached',
    code: 'AGENT_UNAVAILABLE',
    details: `no connection to the agent: ${details}`,
  });
  return { status: 503, body, ready: body };
};

const wellDone = {
  status: 200,
  body: expect.stringContaining('{"delta":"!","isFinal":true}'),
  ready: '{"status":"ready"}',
};

test('an agent over TLS is trusted by its authority', async () => {
  const { ca } = await writeFiles({ ca: authority.ca });
  const gateway = await startGatewayBefore(await startTlsAgent(), { agentCa: ca });
  expect(await answersOf(gateway)).toEqual(wellDone);
});

test('the frames of a connection over TLS are tapped', async () => {
  const { ca } = await writeFiles({ ca: authority.ca });
  const { certificates } = readAgentAccess({ ...noAccess, agentCa: ca }, () => {});
  const channel = new Channel(
    await startTlsAgent(),
    createTappedCredentials(undefined, certificates),
    {},
  );
  onTestFinished(() => channel.close());
  const { path, requestSerialize } = agentServiceDefinition.GenerateTextStream;
  const call = channel.createCall(path, Date.now() + 60_000, null, null, null);
  const isTapped = await new Promise((resolve, reject) => {
    call.start(new Metadata(), {
      onReceiveMetadata: () => resolve(tappedCallOf(call) !== undefined),
      onReceiveMessage() {},
      onReceiveStatus: reject,
    });
    call.sendMessageWithContext({}, requestSerialize({ prompt: 'hello', model: 'm' }));
    call.halfClose();
  });
  call.cancelWithStatus(status.CANCELLED, 'seen');
  expect(isTapped).toBe(true);
});

test('a large stream over TLS arrives whole, read by frames and by grpc-js', async () => {
  const { ca } = await writeFiles({ ca: authority.ca });
  const access = readAgentAccess({ ...noAccess, agentCa: ca }, () => {});
  const words = Array.from({ length: 200 }, (_, index) => `${index},${'x'.repeat(5000)}`);
  const address = await startTlsAgent({
    script(call) {
      for (const delta of words) call.write({ delta });
      call.end();
    },
  });
  for (const reading of ['tapped', 'delivered'] as const) {
    const client = createAgentClient(address, specifiedInterface, { reading, access });
    onTestFinished(client.close);
    const call = client.generate({ prompt: 'a', model: 'm', metadata: new Metadata() }, 60_000);
    await call.accepted(10_000, new AbortController().signal);
    const text = await new Promise((resolve, reject) => {
      let all = '';
      call.read({
        chunk: ({ delta }) => (all += delta),
        ended: () => resolve(all),
        failed: reject,
      });
    });
    expect(text).toBe(words.join(''));
  }
});

test.each([
  ['has expired', () => authority.issue({ days: -1 }), "the agent's certificate has expired"],
  [
    'is for other hosts',
    () => authority.issue({ hosts: ['other.example', '10.0.0.9'] }),
    "the agent's certificate is not for 127.0.0.1 but for other.example, 10.0.0.9; choose a name of the certificate with --agent-authority",
  ],
  [
    'no trusted authority vouches for',
    () => stranger.issue(),
    "the agent's certificate is not signed by a trusted authority; name its authority with --agent-ca",
  ],
])('a certificate that %s is explained in errors and in the readiness', async (_, issue, words) => {
  const { ca } = await writeFiles({ ca: authority.ca });
  const agent = await startTlsAgent({ own: await issue() });
  const gateway = await startGatewayBefore(agent, { agentCa: ca });
  expect(await answersOf(gateway)).toEqual(unavailable(words));
});

test('without --agent-ca the authorities of Node are trusted, and not a private one', async () => {
  const gateway = await startGatewayBefore(await startTlsAgent(), { agentTls: true });
  expect(await answersOf(gateway)).toEqual(
    unavailable(
      "the agent's certificate is not signed by a trusted authority; name its authority with --agent-ca",
    ),
  );
});

test('another name of the certificate is chosen with --agent-authority', async () => {
  const { ca } = await writeFiles({ ca: authority.ca });
  const hosts: string[] = [];
  const agent = await startTlsAgent({
    own: await authority.issue({ hosts: ['agent.example'] }),
    script(call) {
      hosts.push(call.getHost());
      sayHello(call);
    },
  });
  const gateway = await startGatewayBefore(agent, { agentCa: ca, agentAuthority: 'agent.example' });
  expect(await answersOf(gateway)).toEqual(wellDone);
  expect(hosts).toEqual(['agent.example']);
});

describe('an agent that wants a certificate of its clients', () => {
  const start = async (own: Partial<Issued>) => {
    const agent = await startTlsAgent({ clientCa: authority.ca });
    const files = await writeFiles({ ca: authority.ca, ...own });
    const { ca, cert: agentCert, key: agentKey }: { ca: string } & Partial<Issued> = files;
    return answersOf(await startGatewayBefore(agent, { agentCa: ca, agentCert, agentKey }));
  };

  test('accepts one of its authority', async () => {
    expect(await start(await authority.issue())).toEqual(wellDone);
  });

  test('refuses a client without one', async () => {
    const { status: httpStatus, body } = await start({});
    expect(httpStatus).toBe(503);
    // The reason that the agent sends may be lost with its connection.
    expect(body).toMatch(
      /no connection to the agent: the agent (?:refuses a client without a certificate; name one with --agent-cert and --agent-key|closed the connection before it answered in HTTP.2; it may refuse the certificate of --agent-cert, or expect one)"/,
    );
  });

  test('refuses one of another authority', async () => {
    expect(await start(await stranger.issue())).toEqual(
      unavailable(
        'the agent closed the connection before it answered in HTTP/2; it may refuse the certificate of --agent-cert, or expect one',
      ),
    );
  });
});

test('TLS before an agent without it, and the reverse, are explained', async () => {
  const agent = await startScriptedAgent(sayHello);
  onTestFinished(agent.close);
  expect(await answersOf(await startGatewayBefore(agent.address, { agentTls: true }))).toEqual(
    unavailable('the agent does not speak TLS; leave out --agent-tls'),
  );
  expect(await answersOf(await startGatewayBefore(await startTlsAgent()))).toEqual(
    unavailable(
      'the agent closed the connection before it answered in HTTP/2; it may expect TLS (--agent-tls)',
    ),
  );
});

test('an agent that accepts connections and never answers TLS is given up', async () => {
  const silent = createServer(() => {});
  const port = await listenOn(silent, '127.0.0.1', 0);
  onTestFinished(() => void silent.close());
  const access = readAgentAccess({ ...noAccess, agentTls: true }, () => {});
  const limits = { ...silenceLimits, handshakeMs: 50 };
  const client = createAgentClient(`127.0.0.1:${port}`, specifiedInterface, { access, limits });
  onTestFinished(client.close);
  const call = client.generate({ prompt: 'a', model: 'm', metadata: new Metadata() }, 60_000);
  await expect(call.accepted(60_000, new AbortController().signal)).rejects.toThrow(
    'no connection to the agent: the agent accepts the connection but does not answer in TLS',
  );
});

test('the own metadata reaches the agent, and not the observers of a request', async () => {
  const received: unknown[] = [];
  const agent = await startScriptedAgent((call) => {
    received.push(call.metadata.get('authorization'), call.metadata.get('x-rehearsal-key'));
    sayHello(call);
  });
  onTestFinished(agent.close);
  const observed: unknown[] = [];
  const gateway = await startGatewayBefore(
    agent.address,
    { agentMetadata: [{ name: 'authorization', value: 'Bearer secret' }] },
    undefined,
    {
      observers: [
        {
          arrived: () => ({
            requested: ({ metadata }) => observed.push(metadata),
            ended: () => {},
          }),
        },
      ],
    },
  );
  await (await post(gateway.endpoint, undefined, { 'x-rehearsal-key': 'k' })).text();
  expect(received).toEqual([['Bearer secret'], ['k']]);
  expect(observed).toHaveLength(1);
  expect(JSON.stringify(observed)).not.toContain('secret');
});
