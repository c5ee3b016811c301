import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { z } from 'zod';

import { agentServiceDefinition, type StreamChunk } from '../../proto/agent-service.ts';
import { readChunk } from '../../proto/chunk-codec.ts';

/** How a generation is asked for and answered on the wire: the path of the method, and both messages. */
export interface AgentInterface {
  path: string;
  serialize(request: { prompt: string; model: string }): Buffer;
  /** @param from where the message begins, which goes to the end; 0 where it is left out */
  deserialize(bytes: Buffer, from?: number): StreamChunk;
}

/** Which field of another interface stands for one of the specified five, as a path with dots. */
const fieldsSchema = z.strictObject({
  prompt: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  delta: z.string().min(1).optional(),
  is_final: z.string().min(1).optional(),
  error: z.string().min(1).optional(),
});

/** An interface other than the specified one. */
export const agentProtoSchema = z.strictObject({
  /** A .proto file; what it imports is looked for beside it, then below each of `includeDirs`. */
  file: z.string().min(1),
  /** Where imports start, such as the root of a repository of .proto files. */
  includeDirs: z.array(z.string().min(1)).default([]),
  /** `package.Service`, or `package.Service/Method` where it streams more than one answer. */
  service: z.string().min(1),
  fields: fieldsSchema.default({}),
});

export type AgentProto = z.input<typeof agentProtoSchema>;

/** An interface that cannot be used; the message says what is wrong with it. */
export class AgentProtoError extends Error {}

/** The specified interface (A5). */
export const specifiedInterface: AgentInterface = {
  path: agentServiceDefinition.GenerateTextStream.path,
  serialize: agentServiceDefinition.GenerateTextStream.requestSerialize,
  deserialize: readChunk,
};

/**
 * Reads an interface that has other names.
 *
 * The request has to carry the prompt and the answer the delta; a model, an end and an error are
 * used where there is a field for them. An `is_final` may be a text too, such as a reason of the end:
 * then one that is not empty ends the stream.
 * @throws AgentProtoError
 */
export function loadAgentInterface({
  file,
  includeDirs = [],
  service,
  fields = {},
}: AgentProto): AgentInterface {
  const method = findMethod(load(file, includeDirs), file, service);
  const ask = (value: Message) => method.requestDeserialize(method.requestSerialize(value));
  const answer = (value: Message) => method.responseDeserialize(method.responseSerialize(value));
  const fieldOf = (name: keyof typeof fields, carry: typeof ask, samples: readonly unknown[]) => {
    const path = fields[name] ?? name;
    if (samples.some((sample) => carries(carry, path, sample))) return path;
    if (fields[name] === undefined && name !== 'prompt' && name !== 'delta') return undefined;
    const message = carry === ask ? 'request' : 'answer';
    const wanted = name === 'is_final' ? 'true or a text' : 'a text';
    throw new AgentProtoError(
      `${service}: ${name} cannot be ${path}: its ${message} has no such field for ${wanted}; name one in --fields, such as ${name}=input.text`,
    );
  };
  const prompt = fieldOf('prompt', ask, ['a']);
  const model = fieldOf('model', ask, ['a']);
  const delta = fieldOf('delta', answer, ['a']);
  const isFinal = fieldOf('is_final', answer, [true, 'a']);
  const error = fieldOf('error', answer, ['a']);
  return {
    path: method.path,
    serialize(request) {
      const message: Message = {};
      if (prompt !== undefined) setAt(message, prompt, request.prompt);
      if (model !== undefined) setAt(message, model, request.model);
      return method.requestSerialize(message);
    },
    deserialize(bytes, from = 0) {
      const message = method.responseDeserialize(bytes.subarray(from));
      return {
        delta: textAt(message, delta),
        isFinal: isFinal !== undefined && Boolean(valueAt(message, isFinal)),
        error: textAt(message, error),
      };
    },
  };
}

type Message = Record<string, unknown>;

type Method = MethodDefinition<object, object>;

function load(file: string, includeDirs: readonly string[]): PackageDefinition {
  const lost = includeDirs.find((folder) => !isFolder(folder));
  if (lost !== undefined) throw new AgentProtoError(`--proto-path: there is no folder ${lost}`);
  // proto-loader warns of a missing import by way of Node, beside the error that says how to mend it.
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return loadSync(resolve(file), {
      keepCase: true,
      defaults: true,
      longs: Number,
      enums: String,
      includeDirs: includeDirs.map((folder) => resolve(folder)),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const missing = /ENOENT.*'(.+)'/.exec(reason)?.[1];
    if (missing === undefined || missing === resolve(file)) {
      throw new AgentProtoError(`${file} cannot be read: ${reason}`);
    }
    throw new AgentProtoError(
      `${file} cannot be read: an import was not found as ${missing}; name the folder in which imports start with --proto-path`,
    );
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** The method of a service that takes one request and streams its answer. */
function findMethod(definition: PackageDefinition, file: string, reference: string): Method {
  const [name = '', methodName] = reference.split('/');
  const services = Object.entries(definition).flatMap(([key, value]) =>
    isService(value) ? [[key, value] as const] : [],
  );
  const found = services.find(([key]) => key === name)?.[1];
  if (found === undefined) {
    const known = services.map(([key]) => key).join(', ') || 'none';
    throw new AgentProtoError(`${file} has no service ${name}; it has ${known}`);
  }
  const streaming = Object.entries(found).filter(
    ([, { requestStream, responseStream }]) => responseStream && !requestStream,
  );
  const names = streaming.map(([key]) => key).join(', ') || 'none';
  const [chosen, other] = streaming.filter(
    ([key]) => methodName === undefined || key === methodName,
  );
  if (chosen === undefined) {
    throw new AgentProtoError(
      `${name} has no method ${methodName ?? ''} that takes one request and streams its answer; there is ${names}`,
    );
  }
  if (other !== undefined) {
    throw new AgentProtoError(
      `${name} has several methods; name one: ${name}/${chosen[0]} (of ${names})`,
    );
  }
  return chosen[1];
}

/** proto-loader has services and messages side by side; only messages have a `format`. */
function isService(
  value: PackageDefinition[string],
): value is Extract<PackageDefinition[string], Record<string, Method>> {
  return !('format' in value);
}

/** Whether a message brings a value through at a path: then the field is there, and of that type. */
function carries(carry: (value: Message) => object, path: string, sample: unknown): boolean {
  const message: Message = {};
  setAt(message, path, sample);
  try {
    return valueAt(carry(message), path) === sample;
  } catch {
    return false;
  }
}

/** Sets what a path such as `input.text` or `messages.0.content` names, and makes what leads there. */
function setAt(message: Message, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let at: Message = message;
  for (const [index, key] of keys.entries()) {
    const next = keys[index + 1] ?? last;
    const inner: unknown = at[key] ?? (/^\d+$/.test(next) ? [] : {});
    at[key] = inner;
    // What was just made, or what an earlier path made here.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    at = inner as Message;
  }
  at[last] = value;
}

function valueAt(message: unknown, path: string): unknown {
  let at: unknown = message;
  for (const key of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

/** Empty where there is none. */
function textAt(message: unknown, path: string | undefined): string {
  const value = path === undefined ? '' : valueAt(message, path);
  return typeof value === 'string' ? value : '';
}
