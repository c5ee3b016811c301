import { describeError } from './describe-error.ts';
import { RetryButton } from './retry-button.tsx';
import { useGeneration } from './use-generation.ts';

/** A prompt, and its answer up to now. */
export function Turn({ endpoint, prompt }: { endpoint: string; prompt: string }) {
  const { progress, stop, retry } = useGeneration(endpoint, prompt);
  const streaming = progress.status === 'streaming';
  const failure = progress.status === 'failed' ? describeError(progress.error) : undefined;

  return (
    <article aria-busy={streaming}>
      <p className="prompt">{prompt}</p>
      <p className="answer">{progress.text}</p>
      {streaming && <button onClick={stop}>Stop</button>}
      {progress.status === 'stopped' && <p role="status">Stopped.</p>}
      {failure && <p role="alert">{failure.words}</p>}
      {failure?.retryable && <RetryButton afterMs={failure.retryAfterMs} onRetry={retry} />}
    </article>
  );
}
