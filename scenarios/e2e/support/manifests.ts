import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Deployment } from 'kubernetes-types/apps/v1.d.ts';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.d.ts';
import type { Job } from 'kubernetes-types/batch/v1.d.ts';
import type { Container, PersistentVolumeClaim, Service } from 'kubernetes-types/core/v1.d.ts';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';

export const repository = fileURLToPath(new URL('../../../', import.meta.url));
export const kubernetesFolder = join(repository, 'deploy/kubernetes');

/** The manifests of deploy/kubernetes, by kind. A test checks their types. */
interface Kinds {
  Deployment: Deployment;
  HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  Job: Job;
  PersistentVolumeClaim: PersistentVolumeClaim;
  PodDisruptionBudget: PodDisruptionBudget;
  Service: Service;
}

type Manifest = { [K in keyof Kinds]: Kinds[K] & { kind: K } }[keyof Kinds];

export interface Kustomization {
  /** The folder in deploy/kubernetes. */
  folder: string;
  resources: string[];
  configMapGenerator: { name: string; files: string[]; literals: string[] }[];
}

const kustomizationSchema = z.object({
  resources: z.array(z.string()).default([]),
  configMapGenerator: z
    .array(
      z.object({
        name: z.string(),
        files: z.array(z.string()).default([]),
        literals: z.array(z.string()).default([]),
      }),
    )
    .default([]),
});

export const kustomizations: Kustomization[] = readdirSync(kubernetesFolder).map((folder) => ({
  folder,
  ...kustomizationSchema.parse(
    parse(readFileSync(join(kubernetesFolder, folder, 'kustomization.yaml'), 'utf8')),
  ),
}));

/** Returns the documents of a YAML text. */
export const readDocuments = (text: string): unknown[] =>
  parseAllDocuments(text).map((document): unknown => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });

const kinds = [
  'Deployment',
  'HorizontalPodAutoscaler',
  'Job',
  'PersistentVolumeClaim',
  'PodDisruptionBudget',
  'Service',
] as const satisfies (keyof Kinds)[];

const kindSchema = z.object({ kind: z.enum(kinds) });
const manifestSchema = z.custom<Manifest>((value) => kindSchema.safeParse(value).success);

export const manifests = kustomizations.flatMap(({ folder, resources }) =>
  resources
    .filter((resource) => resource.endsWith('.yaml'))
    .flatMap((file) => readDocuments(readFileSync(join(kubernetesFolder, folder, file), 'utf8')))
    .map((document) => manifestSchema.parse(document)),
);

/** Returns the manifests of a kind. */
export const manifestsOf = <K extends keyof Kinds>(kind: K) =>
  manifests.filter(
    (manifest): manifest is Extract<Manifest, { kind: K }> => manifest.kind === kind,
  );

/** The manifests with a pod template. */
export const workloads = [...manifestsOf('Deployment'), ...manifestsOf('Job')].map(
  ({ metadata, spec }) => {
    const pod = spec?.template.spec;
    const [container] = pod?.containers ?? [];
    if (pod === undefined || container === undefined)
      throw new Error('a workload has no container');
    return {
      name: metadata?.name ?? '',
      labels: spec?.template.metadata?.labels ?? {},
      pod,
      container,
    };
  },
);

export function workload(name: string) {
  const found = workloads.find((one) => one.name === name);
  if (found === undefined) throw new Error(`deploy/kubernetes has no workload ${name}`);
  return found;
}

const [, entrypoint = ''] =
  /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(repository, 'deploy/Dockerfile'), 'utf8')) ?? [];

const replaceIn = (places: Record<string, string>) => (text: string) =>
  Object.entries(places).reduce((changed, [path, place]) => changed.replaceAll(path, place), text);

/**
 * Returns the command line of a container, to run in the repository instead.
 * @param places part of an argument, such as the path of a volume → its replacement
 */
export const commandLineOf = (
  { command, args = [] }: Container,
  places: Record<string, string> = {},
): string[] => [
  ...(command ?? z.array(z.string()).parse(JSON.parse(entrypoint))),
  ...args.map(replaceIn(places)),
];

/** Returns the variables of the config maps that a container reads and that kustomize generates. */
export const environmentOf = ({ envFrom = [] }: Container): Record<string, string> =>
  Object.fromEntries(
    kustomizations
      .flatMap(({ configMapGenerator }) => configMapGenerator)
      .filter(({ name }) => envFrom.some(({ configMapRef }) => configMapRef?.name === name))
      .flatMap(({ literals }) => literals)
      .map((literal) => {
        const end = literal.indexOf('=');
        return [literal.slice(0, end), literal.slice(end + 1)];
      }),
  );
