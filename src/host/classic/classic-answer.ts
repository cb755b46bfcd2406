import type { WrittenResult } from '../../protocol/index.js';
import { toPipeError, type Answer } from '../answer.js';
import { createFailure } from '../failures.js';
import { describeStart } from './describe-start.js';
import type { ScannedObject } from './json-scanner.js';

const MAX_CONTENT_TYPE_LENGTH = 200;
/** Metadata holds a content type; what is larger is not read. */
const MAX_METADATA_BYTES = 64 * 1024;

/** What an object of a version 1 child says. The result is cut out of its text, however large it is. */
export function readClassicAnswer(object: ScannedObject): Answer {
  const result = findMember(object, 'result');
  if (result !== undefined) return readResult(result, findMember(object, 'metadata'));
  const error = findMember(object, 'error');
  if (error !== undefined) return readError(error);
  const got = describeStart(object.bytes);
  return { kind: 'bad', problem: `wrote an answer with neither a result nor an error: ${got}` };
}

function readResult(result: Buffer, metadata: Buffer | undefined): Answer {
  const written: WrittenResult = {
    contentType: readContentType(metadata),
    json: result.toString('utf8'),
  };
  return { kind: 'result', id: undefined, json: toJson(written), written };
}

function readError(bytes: Buffer): Answer {
  const { message, error_type: errorType, stacktrace } = toPipeError(JSON.parse(bytes.toString('utf8')));
  const details = { errorType, ...(stacktrace !== undefined && { stacktrace }) };
  return { kind: 'failure', id: undefined, failure: createFailure('algorithm_error', message, details) };
}

/** Of members of one name the last one counts, as everywhere in JSON. */
function findMember({ bytes, members }: ScannedObject, name: string): Buffer | undefined {
  const found = members.findLast(({ keyStart, keyEnd }) => isKey(bytes.subarray(keyStart, keyEnd), name));
  return found && bytes.subarray(found.start, found.end);
}

/** Even with every letter escaped a name we look for has no more than six bytes a letter. */
function isKey(bytes: Buffer, name: string): boolean {
  return bytes.length <= 2 + 6 * name.length && JSON.parse(bytes.toString('utf8')) === name;
}

function readContentType(metadata: Buffer | undefined): string {
  if (metadata === undefined || metadata.length > MAX_METADATA_BYTES) return 'json';
  const value = JSON.parse(metadata.toString('utf8')) as { content_type?: unknown } | null;
  const type = value?.content_type;
  return typeof type === 'string' && type !== '' ? type.slice(0, MAX_CONTENT_TYPE_LENGTH) : 'json';
}

/** Some languages put line ends into base64, and some escape its slashes. */
function toJson({ contentType, json }: WrittenResult): string {
  if (contentType !== 'binary' || !json.startsWith('"')) return json;
  const base64 = json.includes('\\') ? JSON.stringify(String(JSON.parse(json)).replace(/\s+/g, '')) : json;
  return `{"$binary":${base64}}`;
}
