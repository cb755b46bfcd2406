/** The beginning of what a child wrote, fit for a message. */
export function describeStart(bytes: Buffer): string {
  const text = bytes.toString('utf8', 0, 100);
  return JSON.stringify(bytes.length > 100 ? `${text}…` : text);
}
