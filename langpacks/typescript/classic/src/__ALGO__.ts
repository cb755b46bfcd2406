/** Greets whoever is named: takes text, JSON or a Buffer, and gives any of them. */
export async function apply(input: unknown): Promise<unknown> {
  return `hello ${String(input)}`;
}
