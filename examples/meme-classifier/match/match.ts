import { extractSignature, type Signature } from '../features/extract.js';
import { align } from './align.js';
import type { ReferenceSignature } from './reference-signature.js';
import { shortlist } from './shortlist.js';
import { verify, type Verdict } from './verify.js';
import type { Warp } from './warp.js';

/** References that are aligned at the coarse level, and how many of them are looked at closely. */
const ALIGNED = 32;
const VERIFIED = 8;
/** From this agreement on there is no need to look again in another way. */
const CERTAIN = 0.6;

/** How well one reference fits a picture. */
export interface Match<T> extends Verdict {
  readonly reference: T;
  readonly warp: Warp;
}

/** Finds the references that fit a decoded picture, best first. */
export function findMatches<T extends { signature: ReferenceSignature }>(
  rgb: Uint8Array,
  references: readonly T[],
): Match<T>[] {
  const matches = matchSignature(extractSignature(rgb, true), references);
  if ((matches[0]?.agreement ?? 0) >= CERTAIN) return matches;
  // Line drawings look like lettering all over: judge them with everything that is in the picture.
  const again = matchSignature(extractSignature(rgb, false), references);
  return [...matches, ...again].sort(byAgreement);
}

function matchSignature<T extends { signature: ReferenceSignature }>(
  picture: Signature,
  references: readonly T[],
): Match<T>[] {
  const rough = shortlist(picture, references, ALIGNED).map(({ reference, warp: start }) => {
    const warp = align(picture, reference.signature, start, 2);
    return { reference, warp, ...verify(picture, reference.signature, warp, 2) };
  });
  return rough
    .sort(byAgreement)
    .slice(0, VERIFIED)
    .map(({ reference, warp: start }) => {
      const middle = align(picture, reference.signature, start, 1);
      const warp = align(picture, reference.signature, middle, 0);
      return { reference, warp, ...verify(picture, reference.signature, warp, 0) };
    })
    .sort(byAgreement);
}

function byAgreement(a: Verdict, b: Verdict): number {
  return b.agreement - a.agreement;
}
