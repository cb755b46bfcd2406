import { extractViews, type PictureViews, type Signature } from '../features/extract.js';
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
  const views = extractViews(rgb);
  const matches = matchBy(views.uncaptioned, views, references);
  if ((matches[0]?.agreement ?? 0) >= CERTAIN) return matches;
  // Of a line drawing hardly anything is left without what looks like lettering: search with everything in it.
  return [...matches, ...matchBy(views.plain, views, references)].sort(byAgreement);
}

/** Searches and aligns by one view of the picture; both have a say in what fits. */
function matchBy<T extends { signature: ReferenceSignature }>(
  view: Signature,
  views: PictureViews,
  references: readonly T[],
): Match<T>[] {
  const rough = shortlist(view, references, ALIGNED).map(({ reference, warp: start }) => {
    const warp = align(view, reference.signature, start, 2);
    return { reference, warp, ...verify(views, reference.signature, warp, 2) };
  });
  return rough
    .sort(byAgreement)
    .slice(0, VERIFIED)
    .map(({ reference, warp: start }) => {
      const middle = align(view, reference.signature, start, 1);
      const warp = align(view, reference.signature, middle, 0);
      return { reference, warp, ...verifyClosely(views, reference.signature, warp) };
    })
    .sort(byAgreement);
}

/** Details tell templates apart, and the next coarser level forgives thin lines that lie half a pixel off. */
function verifyClosely(views: PictureViews, reference: ReferenceSignature, warp: Warp): Verdict {
  const fine = verify(views, reference, warp, 0);
  const middle = verify(views, reference, warp, 1);
  return { agreement: (fine.agreement + middle.agreement) / 2, evidence: fine.evidence };
}

function byAgreement(a: Verdict, b: Verdict): number {
  return b.agreement - a.agreement;
}
