import { explainRefusal, unreachable } from './broker-errors.js';
import type { BrokerLink } from './broker-link.js';

/**
 * Resolves at the first connection. Rejects when the time is over (0: never), and at once when the broker refuses the user.
 * @throws RunyardError `queue_unavailable`, `invalid_config`
 */
export function firstOpening(link: BrokerLink, timeoutMs: number): Promise<void> {
  const end = timeoutMs === 0 ? Infinity : performance.now() + timeoutMs;
  return new Promise((resolve, reject) => {
    const onFailed = (error: Error): void => {
      const refusal = explainRefusal(error);
      if (!refusal && performance.now() < end) return;
      link.off('failed', onFailed);
      reject(refusal ?? unreachable(error));
    };
    link.on('failed', onFailed);
    link.once('open', () => {
      link.off('failed', onFailed);
      resolve();
    });
  });
}
