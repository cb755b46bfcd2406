<?php

declare(strict_types=1);

namespace Runyard;

/** An algorithm run through `$ctx->call()` ended with an error. */
class CallError extends \RuntimeException
{
    public readonly string $errorType;
    /** @var list<array{path: string, message: string}>|null */
    public readonly ?array $errors;
    public readonly int|string|null $status;

    /** @param array<string, mixed> $error as the yard told it */
    public function __construct(string $algorithm, array $error)
    {
        parent::__construct("$algorithm: " . ($error['message'] ?? 'no message'));
        $this->errorType = (string) ($error['error_type'] ?? 'AlgorithmError');
        $this->errors = $error['errors'] ?? null;
        $this->status = $error['status'] ?? null;
    }
}
