import { useEffect, useRef, useState } from 'react';
import { generate, GenerateError } from 'rehearsal-client';

/** How far an answer is. Whatever text came is kept, however it ended. */
export type Progress =
  | { status: 'streaming' | 'completed' | 'stopped'; text: string }
  | { status: 'failed'; text: string; error: GenerateError };

/** A silence that a person takes for the end. Pings don't count: they say that the connection lives. */
const idleTimeoutMs = 15_000;

const started: Progress = { status: 'streaming', text: '' };

/** Generates an answer as long as it is on the page; it can be stopped, and asked for anew. */
export function useGeneration(endpoint: string, prompt: string) {
  const [progress, setProgress] = useState(started);
  const [attempt, setAttempt] = useState(0);
  const controller = useRef<AbortController>(null);

  useEffect(() => {
    const current = new AbortController();
    controller.current = current;
    let onPage = true;
    const show = (next: Progress) => {
      if (onPage) setProgress(next);
    };

    const run = async () => {
      let text = '';
      try {
        // A stream that is cut goes on where it was, once; after that, a person decides.
        const options = { prompt, resume: 1, idleTimeoutMs, signal: current.signal };
        for await (const chunk of generate(endpoint, options)) {
          text = chunk.text;
          show({ status: 'streaming', text });
        }
        show({ status: 'completed', text });
      } catch (error) {
        if (!(error instanceof GenerateError)) throw error;
        if (error.kind === 'aborted') show({ status: 'stopped', text });
        else show({ status: 'failed', text, error });
      }
    };
    void run();

    return () => {
      onPage = false;
      // The server stops its work when the request ends.
      current.abort();
    };
  }, [endpoint, prompt, attempt]);

  return {
    progress,
    stop: () => controller.current?.abort(),
    retry: () => {
      setProgress(started);
      setAttempt(attempt + 1);
    },
  };
}
