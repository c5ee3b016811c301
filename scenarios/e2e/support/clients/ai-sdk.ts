import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, streamText, type LanguageModel } from 'ai';

import type { ClientRequest } from '../../../clients/observe-client.ts';
import type { Client } from './client.ts';
import { model } from './model.ts';

type OpenModel = (request: ClientRequest) => LanguageModel;

const apiKey = 'any';

export const openAiChat: OpenModel = ({ baseURL }) => createOpenAI({ baseURL, apiKey }).chat(model);

export const openAiResponses: OpenModel = ({ baseURL }) =>
  createOpenAI({ baseURL, apiKey }).responses(model);

export const anthropic: OpenModel = ({ baseURL }) =>
  createAnthropic({ baseURL: `${baseURL}/v1`, apiKey })(model);

/** A loop over `textStream` alone, which throws no error of the stream. */
export const textStreamLoop =
  (open: OpenModel): Client =>
  async (request, state, abortSignal) => {
    const { textStream } = streamText({
      model: open(request),
      prompt: request.prompt,
      abortSignal,
      // The default prints errors.
      onError: () => {},
    });
    for await (const delta of textStream) state.text += delta;
  };

/** The same loop with `onError`, and the finish reason after it. */
export const streamTextWithErrors =
  (open: OpenModel): Client =>
  async (request, state, abortSignal) => {
    const errors: unknown[] = [];
    const result = streamText({
      model: open(request),
      prompt: request.prompt,
      abortSignal,
      onError: ({ error }) => void errors.push(error),
    });
    for await (const delta of result.textStream) state.text += delta;
    if (errors.length > 0) throw errors[0];
    // Read last, because the promise rejects if there is no answer.
    state.finishReason = await result.finishReason;
  };

export const generateTextWith =
  (open: OpenModel): Client =>
  async (request, state, abortSignal) => {
    const { text, finishReason } = await generateText({
      model: open(request),
      prompt: request.prompt,
      abortSignal,
    });
    state.text = text;
    state.finishReason = finishReason;
  };
