/** How much an archive may hold. */
export interface ZipLimits {
  /** Bytes of all its files, unpacked. */
  maxBytes: number;
  /** Times a file may be larger than what it was packed into. */
  maxRatio: number;
  maxEntries: number;
}
