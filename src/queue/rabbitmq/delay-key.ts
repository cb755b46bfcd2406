/** The shortest step of a wait. */
export const DELAY_UNIT_MS = 100;
/** Steps of a wait, each twice the one before: 29 hours in all. */
export const DELAY_BITS = 20;
/** The longest wait of one passage; what is to wait longer passes again. */
export const MAX_DELAY_MS = DELAY_UNIT_MS * (2 ** DELAY_BITS - 1);

/** How a message has to be sent to wait. */
export interface DelayRoute {
  /** Where it enters: its longest step. */
  step: number;
  /** Its steps from the longest possible to the shortest, 1 for those it takes. */
  bits: string;
}

/** Rounded up, so that nothing comes early; undefined when there is nothing to wait for. */
export function routeDelay(delayMs: number): DelayRoute | undefined {
  if (delayMs <= 0) return undefined;
  const units = Math.ceil(Math.min(delayMs, MAX_DELAY_MS) / DELAY_UNIT_MS);
  const bits = units.toString(2).padStart(DELAY_BITS, '0');
  return { step: Math.floor(Math.log2(units)), bits: [...bits].join('.') };
}
