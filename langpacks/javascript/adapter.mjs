/** What an adapter may import from `runyard/adapter`: the errors that tell the yard whose fault a failure is. */

/** The caller sent a value the algorithm cannot work with: the task ends at once and is not tried again. */
export class InvalidInput extends Error {
  constructor(message, path) {
    super(message);
    this.name = 'InvalidInput';
    if (path !== undefined) this.path = path;
  }
}

/** Something the request points at, such as an image address, could not be fetched. */
export class RequestError extends Error {
  constructor(status, message = `Error fetching request image, received ${status}`, options = undefined) {
    super(message, options);
    this.name = 'RequestError';
    this.status = status;
  }
}
