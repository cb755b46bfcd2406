<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** A type has no schema. The message says which and what to write instead. */
final class Inexpressible extends \RuntimeException
{
}
