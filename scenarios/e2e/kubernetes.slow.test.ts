import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Client, credentials } from '@grpc/grpc-js';
import { service as health } from 'grpc-health-check';
import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { expect, onTestFinished, test } from 'vitest';
import { z } from 'zod';

import { parseDuration } from '../../proto/notation/duration-notation.ts';
import { startCommand } from './support/command.ts';
import {
  commandLineOf,
  environmentOf,
  kubernetesFolder,
  kustomizations,
  manifests,
  manifestsOf,
  readDocuments,
  repository,
  workload,
  workloads,
} from './support/manifests.ts';
import { startTimeoutMs } from './support/start-together.ts';

const hasKubectl = spawnSync('kubectl', ['version', '--client']).status === 0;

const render = (folder: string) =>
  readDocuments(
    execFileSync('kubectl', ['kustomize', join(kubernetesFolder, folder)], { encoding: 'utf8' }),
  );

const objectSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string().optional() }),
});

/** Checks objects against the types of their `apiVersion` and `kind`; returns the errors of tsc. */
async function typeErrors(objects: readonly unknown[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'rehearsal-manifests-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const lines = z
    .array(objectSchema)
    .parse(objects)
    .map((object, index) => {
      const { apiVersion, kind } = object;
      // The group without its domain; a core kind has none.
      const group = apiVersion.includes('/')
        ? apiVersion.replace('.k8s.io', '')
        : `core/${apiVersion}`;
      const value = JSON.stringify(object);
      return `export const object${index} = ${value} satisfies import('kubernetes-types/${group}').${kind};\n`;
    });
  await writeFile(join(folder, 'manifests.ts'), lines.join(''));
  const types = join(repository, 'node_modules/kubernetes-types');
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: 'nodenext',
        types: [],
        paths: { 'kubernetes-types/*': [`${types}/*.d.ts`] },
      },
    }),
  );
  const tsc = join(repository, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' }).stdout;
}

test('every manifest has the types of Kubernetes', async () => {
  expect(manifests.length).toBeGreaterThan(10);
  expect(await typeErrors(manifests)).toBe('');
});

test('the check of types finds an unknown key and a wrong type', async () => {
  const [job] = manifestsOf('Job');
  const errors = await typeErrors([
    { ...job, spec: { ...job?.spec, completion: 4 } },
    { ...job, spec: { ...job?.spec, completions: 'four' } },
  ]);
  expect(errors.match(/error TS/g)).toHaveLength(2);
  expect(errors).toContain(`'"completion"' does not exist`);
  expect(errors).toContain("Type 'string' is not assignable to type 'number");
});

test.skipIf(!hasKubectl)('kubectl renders every folder, with the types of Kubernetes', async () => {
  const rendered = kustomizations.map(({ folder }) => render(folder));
  expect(await typeErrors(rendered.flat())).toBe('');
  const job = z
    .array(objectSchema)
    .parse(render('load'))
    .find(({ kind, metadata }) => kind === 'Job' && metadata.name === 'rehearsal-load');
  const shards = Number(environmentOf(workload('rehearsal-load').container)['SHARDS']);
  expect(job?.['spec']).toMatchObject({ completions: shards, parallelism: shards });
});

test('kustomizations name files and folders that exist', () => {
  for (const { folder, resources, configMapGenerator } of kustomizations) {
    for (const file of [...resources, ...configMapGenerator.flatMap(({ files }) => files)]) {
      expect(existsSync(join(kubernetesFolder, folder, file)), `${folder}/${file}`).toBe(true);
    }
  }
});

/** Returns the arguments of a container without the entry point of the image. */
const argumentsOf = (container: Container, places: Record<string, string>) => {
  const all = commandLineOf(container, places);
  return all.slice(all.length - (container.args ?? []).length);
};

/** Asks an agent for its health, as the kubelet does. */
async function checkHealth(address: string): Promise<unknown> {
  const client = new Client(address, credentials.createInsecure());
  onTestFinished(() => client.close());
  const check = health['Check'];
  if (check === undefined) throw new Error('the health service has no Check');
  const { path, requestSerialize, responseDeserialize } = check;
  return new Promise((resolve, reject) => {
    const request = { service: '' };
    client.makeUnaryRequest(path, requestSerialize, responseDeserialize, request, (error, reply) =>
      error === null ? resolve(reply) : reject(error),
    );
  });
}

const jobErrorSchema = z.object({ code: z.number(), stdout: z.string(), stderr: z.string() });

/** The config map that a user creates to start a load. */
const createdByHand = 'rehearsal-start';

test('every name in a manifest is that of another one', () => {
  const configMaps = kustomizations.flatMap(({ configMapGenerator }) =>
    configMapGenerator.map(({ name }) => name),
  );
  const claims = manifestsOf('PersistentVolumeClaim').map(({ metadata }) => metadata?.name);
  for (const { pod, container } of workloads) {
    const volumes = pod.volumes ?? [];
    const sources = volumes.map(({ configMap, persistentVolumeClaim }) =>
      configMap === undefined ? persistentVolumeClaim?.claimName : configMap.name,
    );
    expect([...configMaps, ...claims]).toEqual(expect.arrayContaining(sources));
    expect(container.volumeMounts?.map(({ name }) => name) ?? []).toEqual(
      volumes.map(({ name }) => name),
    );
    for (const { configMapRef } of container.envFrom ?? []) {
      expect([...configMaps, createdByHand]).toContain(configMapRef?.name);
    }
    for (const { labelSelector } of pod.topologySpreadConstraints ?? []) {
      expect(workloads.map(({ labels }) => labels)).toContainEqual(labelSelector?.matchLabels);
    }
  }
  for (const { spec } of manifestsOf('Service')) {
    const selected = workloads.find(
      ({ labels }) => JSON.stringify(labels) === JSON.stringify(spec?.selector),
    );
    const ports = selected?.container.ports ?? [];
    for (const { port, targetPort } of spec?.ports ?? []) {
      expect(ports).toContainEqual({ name: targetPort, containerPort: port });
    }
  }
  for (const { metadata, spec } of manifestsOf('Deployment')) {
    expect(spec?.selector.matchLabels).toEqual(workload(metadata?.name ?? '').labels);
  }
  for (const { metadata, spec } of manifestsOf('PodDisruptionBudget')) {
    expect(spec?.selector?.matchLabels).toEqual(workload(metadata?.name ?? '').labels);
  }
  for (const { spec } of manifestsOf('HorizontalPodAutoscaler')) {
    const { kind, name } = spec?.scaleTargetRef ?? {};
    expect(
      manifestsOf('Deployment').map(({ metadata }) => ['Deployment', metadata?.name]),
    ).toContainEqual([kind, name]);
  }
});

test('addresses in arguments are those of Services', () => {
  const addresses = manifestsOf('Service').flatMap(({ metadata, spec }) =>
    (spec?.ports ?? []).map(({ port }) => `${metadata?.name}:${port}`),
  );
  const [, agent] =
    /--agent=dns:\/\/\/(\S+)/.exec(
      commandLineOf(workload('rehearsal-gateway').container).join(' '),
    ) ?? [];
  const { host } = new URL(environmentOf(workload('rehearsal-load').container)['TARGET'] ?? '');
  expect(addresses).toContain(agent);
  expect(addresses).toContain(host);
});

test('no container has a privilege, a root user, or a file system to write', () => {
  for (const { pod, container } of workloads) {
    expect(pod).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    });
    expect(pod.containers).toHaveLength(1);
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(container.resources?.requests).toMatchObject({
      cpu: expect.anything(),
      memory: expect.anything(),
    });
    expect(container.resources?.limits?.['cpu']).toBeUndefined();
  }
  // The kubelet cannot tell whether a user with a name is root.
  expect(readFileSync(join(repository, 'deploy/Dockerfile'), 'utf8')).toMatch(/^USER [1-9]\d*$/m);
});

test('Kubernetes waits for the drain before it kills', () => {
  for (const name of ['rehearsal-agent', 'rehearsal-gateway']) {
    const { pod, container } = workload(name);
    const [, drain = ''] = /--drain=(\S+)/.exec((container.args ?? []).join(' ')) ?? [];
    const preStopSec = container.lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(preStopSec).toBeGreaterThan(0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(
      preStopSec + parseDuration(drain) / 1000,
    );
  }
});

test(
  'the containers start as they are written, answer their probes, and make a report',
  { timeout: startTimeoutMs },
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rehearsal-pods-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    await writeFile(
      join(folder, 'scenario.yaml'),
      `version: 1
description: a test
behaviour: { text: { generate: { chars: 20 } }, firstToken: 20ms, interToken: 5ms }
load: { arrivals: { perSecond: 20 }, ramp: 0s, warmUp: 0s, window: 1s }
`,
    );
    const places = { '/scenarios': folder, '/reports': folder, '0.0.0.0': '127.0.0.1' };

    const agentPod = workload('rehearsal-agent').container;
    const [, agentPort = ''] = /--agent-port=(\d+)/.exec(commandLineOf(agentPod).join(' ')) ?? [];
    for (const probe of [agentPod.startupProbe, agentPod.readinessProbe, agentPod.livenessProbe]) {
      expect(probe?.grpc?.port).toBe(Number(agentPort));
    }
    const agent = startCommand(argumentsOf(agentPod, { ...places, '=50051': '=0', '=9464': '=0' }));
    const address = /127\.0\.0\.1:\d+/.exec(await agent.firstLine)?.[0] ?? '';
    expect(await checkHealth(address)).toEqual({ status: 'SERVING' });

    const gatewayPod = workload('rehearsal-gateway').container;
    const gateway = startCommand(
      argumentsOf(gatewayPod, { ...places, 'rehearsal-agent:50051': address, '=8080': '=0' }),
    );
    const endpoint = /\S+$/.exec(await gateway.firstLine)?.[0] ?? '';
    for (const probe of [
      gatewayPod.startupProbe,
      gatewayPod.readinessProbe,
      gatewayPod.livenessProbe,
    ]) {
      expect(probe?.httpGet?.port).toBe('http');
      expect((await fetch(new URL(probe?.httpGet?.path ?? '', endpoint))).status).toBe(200);
    }

    const startAt = String(Math.ceil(Date.now() / 1000) + 25);
    const runJob = async (name: string, env: Record<string, string> = {}) => {
      const { container } = workload(name);
      const [file = '', ...args] = commandLineOf(container, places);
      const job = promisify(execFile)(file, args, {
        cwd: repository,
        env: {
          ...process.env,
          ...environmentOf(container),
          TARGET: endpoint,
          START_AT: startAt,
          ...env,
        },
      });
      // A machine that is too busy to judge says so with an exit code of its own.
      return job.catch((error: unknown) => jobErrorSchema.parse(error));
    };
    const count = Number(environmentOf(workload('rehearsal-load').container)['SHARDS']);
    const [merged, ...shards] = await Promise.all([
      runJob('rehearsal-merge'),
      ...Array.from({ length: count }, (_, index) =>
        runJob('rehearsal-load', { JOB_COMPLETION_INDEX: String(index) }),
      ),
    ]);
    expect(shards.map(({ stdout }) => stdout.split(':')[0])).toEqual(
      shards.map((_, index) => `Shard ${index + 1} of ${count}`),
    );
    expect(merged.stdout).toContain(`${count} shards, started within`);
    expect(existsSync(join(folder, startAt, 'report/report.json'))).toBe(true);
  },
);
