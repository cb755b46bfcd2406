/**
 * Headers of `POST /run/{algorithm}` between processes of one yard; the depth of calls has its own in protocol/http.
 * A runner says by the first that its answers are Runyard's: exact in their bytes, and problems with codes.
 */
export const VERSION_HEADER = 'x-runyard-version';
/** Time the run took in its process, in milliseconds. */
export const DURATION_HEADER = 'x-duration-ms';
export const REQUEST_ID_HEADER = 'x-request-id';
export const ATTEMPT_HEADER = 'x-attempt';
export const TIMEOUT_HEADER = 'x-timeout-ms';

/** What stands before the result in the body of a run that went well; `}` stands after it. */
export const RESULT_PREFIX = '{"result":';
