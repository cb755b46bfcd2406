import { describeError } from '../errors/index.js';

/** A part that has not answered by then does not work. */
const CHECK_TIMEOUT_MS = 2_000;

/** The answer of a part, or a rejection when it takes too long for a health check. */
export async function answerInTime<T>(probe: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${CHECK_TIMEOUT_MS} ms`)), CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([probe(), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `ok`, or what is wrong with a part. */
export async function checkPart(probe: () => Promise<unknown>): Promise<string> {
  try {
    await answerInTime(probe);
    return 'ok';
  } catch (error) {
    return describeError(error);
  }
}
