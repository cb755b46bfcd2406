import { pino, type Logger as PinoLogger } from 'pino';
import { PinoPretty } from 'pino-pretty';

/** The one logger type: pino's, so that children and bindings work as its users know them. */
export type Logger = PinoLogger;

export interface LoggerOptions {
  /** Least level that is written; `silent` writes nothing. */
  level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Lines for people instead of JSON documents. */
  pretty: boolean;
  /** @default standard error, so that standard output stays for results */
  destination?: NodeJS.WritableStream;
}

export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? process.stderr;
  if (!options.pretty) return pino({ level: options.level }, destination);
  return pino(
    { level: options.level },
    PinoPretty({ destination, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss', singleLine: true }),
  );
}

/** A logger that says nothing, for embedding and tests. */
export const silentLogger: Logger = pino({ level: 'silent' });
