import type { ErrorCode } from '../../proto/error-codes.ts';
import type { StreamSample } from '../../reports/sample.ts';
import type { Expectation } from './expect-outcome.ts';

const generationError: ErrorCode = 'GENERATION_ERROR';

type Sample = Pick<StreamSample, 'outcome' | 'detail' | 'status'>;

/**
 * Returns the expectation of a stream behind a gateway that is not ours. The specification leaves two things
 * open: which code an error has that is not one of the generation (C3), and whether an error before any text is
 * an error event or an HTTP status. The text stays that of the plan.
 * @param own the expectation behind our own gateway
 */
export function expectOfForeign(sample: Sample, own: Expectation | null): Expectation | null {
  if (own === null || (own.outcome !== 'failed' && own.outcome !== 'rejected')) return own;
  const { outcome, detail, status } = sample;
  const code = own.detail.split(' ').at(-1) ?? '';
  const isErrorEvent = outcome === 'failed' && (code !== generationError || detail === code);
  const isHttpError = outcome === 'rejected' && own.text === '' && (status ?? 0) >= 400;
  return isErrorEvent || isHttpError ? { outcome, detail, text: own.text } : own;
}
