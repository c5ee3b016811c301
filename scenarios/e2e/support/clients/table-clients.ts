import type { DialectName } from '../../../../proto/dialects/dialect.ts';

/** A column of the tables in docs/clients.md. */
export interface TableClient {
  /** The name in clients.json and of the file with its observations. */
  name: string;
  /** The heading of the column, without the version. */
  title: string;
  /** The packages whose versions the table shows. */
  packages: readonly string[];
  /** Undefined for the specified format. */
  dialect?: DialectName;
  /** Whether it retries more often than others. */
  isPatient?: boolean;
  /** Whether it runs in Chromium. */
  isInPage?: boolean;
  /** The method of its requests, if the client has a choice. */
  method?: 'GET' | 'POST';
}

export const tableClients: readonly TableClient[] = [
  {
    name: 'EventSource',
    title: '`EventSource` of Chromium',
    packages: [],
    isInPage: true,
    method: 'GET',
  },
  { name: 'eventsource', title: '`eventsource`', packages: ['eventsource'], method: 'GET' },
  {
    name: 'fetch-event-source',
    title: '`@microsoft/fetch-event-source`',
    packages: ['@microsoft/fetch-event-source'],
    isInPage: true,
    method: 'POST',
  },
  {
    name: 'eventsource-client',
    title: '`eventsource-client`',
    packages: ['eventsource-client'],
    method: 'POST',
  },
  { name: 'rehearsal-client', title: '`rehearsal/client`', packages: [], method: 'POST' },
  {
    name: 'rehearsal-client-persistent',
    title: 'the same with `resume: 2, retry: 2`',
    packages: [],
    method: 'POST',
  },
  {
    name: 'openai-chat-loop',
    title: '`openai` chat, loop',
    packages: ['openai'],
    dialect: 'openai-chat',
  },
  {
    name: 'openai-chat-helper',
    title: '`openai` chat, `.stream()`',
    packages: ['openai'],
    dialect: 'openai-chat',
  },
  {
    name: 'openai-responses-loop',
    title: '`openai` Responses, loop',
    packages: ['openai'],
    dialect: 'openai-responses',
  },
  {
    name: 'openai-responses-helper',
    title: '`openai` Responses, `.stream()`',
    packages: ['openai'],
    dialect: 'openai-responses',
  },
  {
    name: 'anthropic-loop',
    title: '`@anthropic-ai/sdk`, loop',
    packages: ['@anthropic-ai/sdk'],
    dialect: 'anthropic-messages',
  },
  {
    name: 'anthropic-final-message',
    title: '`@anthropic-ai/sdk`, `finalMessage()`',
    packages: ['@anthropic-ai/sdk'],
    dialect: 'anthropic-messages',
  },
  {
    name: 'ai-text-stream',
    title: '`ai` `streamText`, loop over `textStream`',
    packages: ['ai', '@ai-sdk/openai'],
    dialect: 'openai-chat',
  },
  {
    name: 'ai-stream-text',
    title: '`ai` `streamText` with `onError`, chat model',
    packages: ['ai', '@ai-sdk/openai'],
    dialect: 'openai-chat',
  },
  {
    name: 'ai-stream-text-responses',
    title: 'the same, Responses model',
    packages: ['ai', '@ai-sdk/openai'],
    dialect: 'openai-responses',
  },
  {
    name: 'ai-stream-text-anthropic',
    title: 'the same, Anthropic model',
    packages: ['ai', '@ai-sdk/anthropic'],
    dialect: 'anthropic-messages',
  },
  {
    name: 'ai-generate-text',
    title: '`ai` `generateText`, chat model',
    packages: ['ai', '@ai-sdk/openai'],
    dialect: 'openai-chat',
  },
  {
    name: 'langchain-stream',
    title: '`@langchain/openai`, `stream()`',
    packages: ['@langchain/openai'],
    dialect: 'openai-chat',
    isPatient: true,
  },
  {
    name: 'use-chat',
    title: '`useChat` in Chromium',
    packages: ['ai', '@ai-sdk/react'],
    dialect: 'ai-sdk-ui',
    isInPage: true,
  },
];
