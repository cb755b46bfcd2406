<?php

declare(strict_types=1);

namespace Runyard\Pipe;

use Runyard\Context;
use Runyard\Pipe\Types\Codec;

/** A function of the adapter, ready to be called with what JSON gave. */
final class Algorithm
{
    public readonly bool $needsContext;

    /**
     * @param callable-string       $function
     * @param array<string, mixed>  $descriptor
     * @param array<string, Codec>  $arguments  by name
     * @param ?string               $context    name of the argument that takes the context
     * @param ?Codec                $item       what a batch takes many of
     * @param ?Codec                $output     of a result, of a chunk, or of one item's result
     */
    public function __construct(
        public readonly string $name,
        public readonly string $mode,
        private readonly string $function,
        public readonly array $descriptor,
        private readonly array $arguments,
        private readonly ?string $context,
        private readonly ?Codec $item,
        private readonly ?Codec $output,
    ) {
        $this->needsContext = $context !== null;
    }

    /** @param array<string, mixed> $args */
    public function call(array $args, ?Context $context): mixed
    {
        foreach ($args as $name => $value) {
            $args[$name] = $this->arguments[$name]->decode($value);
        }
        if ($this->context !== null) {
            $args[$this->context] = $context;
        }
        return ($this->function)(...$args);
    }

    /** @param list<mixed> $items */
    public function callBatch(array $items, ?Context $context): mixed
    {
        $items = array_map($this->item->decode(...), $items);
        return $this->context === null ? ($this->function)($items) : ($this->function)($items, $context);
    }

    /** A result in the form in which it is written: an empty array, for instance, may be an object. */
    public function finish(mixed $result): mixed
    {
        return $this->output === null ? $result : $this->output->encode($result);
    }
}
