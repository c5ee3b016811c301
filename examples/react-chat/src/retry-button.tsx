import { useEffect, useState } from 'react';

/** Asks again; not before the time is over that the server asked for. */
export function RetryButton({ afterMs, onRetry }: { afterMs: number; onRetry: () => void }) {
  const [now, setNow] = useState(() => performance.now());
  const [readyAt] = useState(now + afterMs);
  const leftSec = Math.max(0, Math.ceil((readyAt - now) / 1000));
  const waiting = leftSec > 0;

  useEffect(() => {
    if (!waiting) return undefined;
    // A tab in the background ticks less often, so ticks are not what is counted.
    const timer = setInterval(() => setNow(performance.now()), 1000);
    return () => clearInterval(timer);
  }, [waiting]);

  return (
    <button onClick={onRetry} disabled={waiting}>
      {waiting ? `Retry in ${leftSec} s` : 'Retry'}
    </button>
  );
}
