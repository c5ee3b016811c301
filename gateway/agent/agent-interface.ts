import { statSync } from 'node:fs';
import { resolve } from 'node:path';

import type { MethodDefinition } from '@grpc/grpc-js';
import { loadSync, type PackageDefinition } from '@grpc/proto-loader';
import { z } from 'zod';

import { agentServiceDefinition, type StreamChunk } from '../../proto/agent-service.ts';
import { readChunk } from '../../proto/chunk-codec.ts';
import { ContractError } from '../../proto/contract-error.ts';
import { note } from '../../proto/option-notes.ts';
import type { ChatMessage, ChatTool } from '../../proto/parts.ts';

/** The message of a call. */
export interface AgentMessage {
  prompt: string;
  model: string;
  /** The conversation and the tools, where the client's format has them. */
  messages?: readonly ChatMessage[] | undefined;
  tools?: readonly ChatTool[] | undefined;
}

/** The gRPC interface of a generation: the path of the method, and both messages. */
export interface AgentInterface {
  path: string;
  serialize(request: AgentMessage): Buffer;
  /** @param from the start of the message, which extends to the end of the bytes; 0 by default */
  deserialize(bytes: Buffer, from?: number): StreamChunk;
}

const noteOfGateway: typeof note = (description, notes) =>
  note(description, { ...notes, notInServe: true, notInLibrary: true });

/** The fields of another interface that replace the specified five, as dotted paths. */
const fieldsSchema = z.strictObject({
  prompt: z.string().min(1).optional(),
  model: z.string().min(1).optional(),
  delta: z.string().min(1).optional(),
  is_final: z.string().min(1).optional(),
  error: z.string().min(1).optional(),
});

/** An interface other than the specified one. */
export const agentProtoSchema = z.strictObject({
  /** Its imports are resolved next to it, then in each of `includeDirs`. */
  file: z
    .string()
    .min(1)
    .meta(
      noteOfGateway("the agent's .proto, if its interface differs from the specified one", {
        flag: 'proto',
        value: 'file',
      }),
    ),
  includeDirs: z
    .array(z.string().min(1))
    .default([])
    .meta(
      noteOfGateway('folders to resolve the imports of --proto; repeatable', {
        flag: 'proto-path',
        value: 'folder...',
      }),
    ),
  /** `package.Service`, or `package.Service/Method` if the service has several streaming methods. */
  service: z
    .string()
    .min(1)
    .meta(noteOfGateway('package.Service or package.Service/Method in --proto', { value: 'name' })),
  fields: fieldsSchema
    .default({})
    .meta(
      noteOfGateway(
        'field names in --proto for prompt, model, delta, is_final, error: prompt=input.text,delta=token',
        { value: 'list' },
      ),
    ),
});

export type AgentProto = z.input<typeof agentProtoSchema>;

/** The specified interface (A5). */
export const specifiedInterface: AgentInterface = {
  path: agentServiceDefinition.GenerateTextStream.path,
  serialize: agentServiceDefinition.GenerateTextStream.requestSerialize,
  deserialize: readChunk,
};

/**
 * Loads an interface with other names.
 *
 * The request must have a field for the prompt, the answer one for the delta; the other three are optional.
 * `is_final` may be a text, such as a finish reason: then a non-empty one ends the stream.
 * @throws ContractError (agent-proto)
 */
export function loadAgentInterface({
  file,
  includeDirs = [],
  service,
  fields = {},
}: AgentProto): AgentInterface {
  const method = findMethod(load(file, includeDirs), file, service);
  const viaRequest = (value: Message) => method.requestDeserialize(method.requestSerialize(value));
  const viaAnswer = (value: Message) => method.responseDeserialize(method.responseSerialize(value));
  const fieldOf = (
    name: keyof typeof fields,
    roundTrip: typeof viaRequest,
    samples: readonly unknown[],
  ) => {
    const path = fields[name] ?? name;
    if (samples.some((sample) => preserves(roundTrip, path, sample))) return path;
    if (fields[name] === undefined && name !== 'prompt' && name !== 'delta') return undefined;
    const message = roundTrip === viaRequest ? 'request' : 'answer';
    const type = name === 'is_final' ? 'true or a text' : 'a text';
    throw new ContractError(
      'agent-proto',
      `${service}: ${name} cannot be ${path}: its ${message} has no such field for ${type}; name one in --fields, such as ${name}=input.text`,
    );
  };
  const prompt = fieldOf('prompt', viaRequest, ['a']);
  const model = fieldOf('model', viaRequest, ['a']);
  const delta = fieldOf('delta', viaAnswer, ['a']);
  const isFinal = fieldOf('is_final', viaAnswer, [true, 'a']);
  const error = fieldOf('error', viaAnswer, ['a']);
  return {
    path: method.path,
    serialize(request) {
      const message: Message = {};
      if (prompt !== undefined) setPath(message, prompt, request.prompt);
      if (model !== undefined) setPath(message, model, request.model);
      return method.requestSerialize(message);
    },
    deserialize(bytes, from = 0) {
      const message = method.responseDeserialize(bytes.subarray(from));
      return {
        delta: readText(message, delta),
        isFinal: isFinal !== undefined && Boolean(readPath(message, isFinal)),
        error: readText(message, error),
      };
    },
  };
}

type Message = Record<string, unknown>;

type Method = MethodDefinition<object, object>;

function load(file: string, includeDirs: readonly string[]): PackageDefinition {
  const missingDir = includeDirs.find((folder) => !isFolder(folder));
  if (missingDir !== undefined) {
    throw new ContractError('agent-proto', `--proto-path: there is no folder ${missingDir}`);
  }
  // proto-loader also warns of a missing import through Node; the error below says more.
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
    const missingImport = /ENOENT.*'(.+)'/.exec(reason)?.[1];
    if (missingImport === undefined || missingImport === resolve(file)) {
      throw new ContractError('agent-proto', `${file} cannot be read: ${reason}`);
    }
    throw new ContractError(
      'agent-proto',
      `${file} cannot be read: an import was not found as ${missingImport}; name the folder in which imports start with --proto-path`,
    );
  } finally {
    process.emitWarning = emitWarning;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** Finds the method of a service that takes one request and streams its answer. */
function findMethod(definition: PackageDefinition, file: string, reference: string): Method {
  const [name = '', methodName] = reference.split('/');
  const services = Object.entries(definition).flatMap(([key, value]) =>
    isService(value) ? [[key, value] as const] : [],
  );
  const service = services.find(([key]) => key === name)?.[1];
  if (service === undefined) {
    const known = services.map(([key]) => key).join(', ') || 'none';
    throw new ContractError('agent-proto', `${file} has no service ${name}; it has ${known}`);
  }
  const streaming = Object.entries(service).filter(
    ([, { requestStream, responseStream }]) => responseStream && !requestStream,
  );
  const names = streaming.map(([key]) => key).join(', ') || 'none';
  const [method, otherMethod] = streaming.filter(
    ([key]) => methodName === undefined || key === methodName,
  );
  if (method === undefined) {
    throw new ContractError(
      'agent-proto',
      `${name} has no method ${methodName ?? ''} that takes one request and streams its answer; there is ${names}`,
    );
  }
  if (otherMethod !== undefined) {
    throw new ContractError(
      'agent-proto',
      `${name} has several methods; name one: ${name}/${method[0]} (of ${names})`,
    );
  }
  return method[1];
}

/** A package contains services and messages; only messages have a `format`. */
function isService(
  value: PackageDefinition[string],
): value is Extract<PackageDefinition[string], Record<string, Method>> {
  return !('format' in value);
}

/** Whether a round trip preserves a value at a path: then the field exists with that type. */
function preserves(roundTrip: (value: Message) => object, path: string, sample: unknown): boolean {
  const message: Message = {};
  setPath(message, path, sample);
  try {
    return readPath(roundTrip(message), path) === sample;
  } catch {
    return false;
  }
}

/** Sets the value at a path such as `input.text` or `messages.0.content`, and creates its parents. */
function setPath(message: Message, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let parent: Message = message;
  for (const [index, key] of keys.entries()) {
    const next = keys[index + 1] ?? last;
    const inner: unknown = parent[key] ?? (/^\d+$/.test(next) ? [] : {});
    parent[key] = inner;
    // Created just now, or by an earlier path.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    parent = inner as Message;
  }
  parent[last] = value;
}

function readPath(message: unknown, path: string): unknown {
  let value: unknown = message;
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

/** Returns an empty text if there is none. */
function readText(message: unknown, path: string | undefined): string {
  const value = path === undefined ? '' : readPath(message, path);
  return typeof value === 'string' ? value : '';
}
