import { findMatches } from './match.js';
import type { ReferenceSignature } from './reference-signature.js';

/** The label given to a picture that fits no reference. */
export const UNKNOWN = 'unknown';

/** What a picture was recognised as. */
export interface Classification {
  /** Label of the reference that fits best, or `unknown`. */
  label: string;
  /** How sure it is that the best reference fits: 0 to 1. Below 0.5 the label is `unknown`. */
  score: number;
}

/** Agreement at which a fit is as likely as not, and how quickly it becomes certain; both from the evaluation. */
const EVEN_ODDS = 0.48;
const STEEPNESS = 25;
/** A picture with hardly any structure agrees with anything; this many blocks' worth of doubt is added. */
const DOUBT = 1;

/** Recognises a decoded picture. */
export function classify(
  rgb: Uint8Array,
  references: readonly { label: string; signature: ReferenceSignature }[],
): Classification {
  const match = findMatches(rgb, references)[0];
  if (!match) return { label: UNKNOWN, score: 0 };
  const agreement = (match.agreement * match.evidence) / (match.evidence + DOUBT);
  const score = Number((1 / (1 + Math.exp(-STEEPNESS * (agreement - EVEN_ODDS)))).toFixed(3));
  return { label: score >= 0.5 ? match.reference.label : UNKNOWN, score };
}
