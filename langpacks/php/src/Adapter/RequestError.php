<?php

declare(strict_types=1);

namespace Runyard;

/**
 * Something the input names, such as the address of an image, could not be fetched.
 *
 *     throw new RequestError(404); // Error fetching request image, received 404
 */
class RequestError extends \RuntimeException
{
    /** @param int|string $status the HTTP status that came back, or a word such as `timeout` */
    public function __construct(
        public readonly int|string $status,
        string $message = '',
        ?\Throwable $previous = null,
    ) {
        parent::__construct($message ?: "Error fetching request image, received $status", 0, $previous);
    }
}
