<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** Values by name, of which each has its type. */
final class Fields
{
    /**
     * @param array<string, Codec> $codecs
     * @param list<string>         $required
     */
    private function __construct(private readonly array $codecs, private readonly array $required)
    {
    }

    /**
     * @param array<string, Codec> $codecs
     * @param list<string>         $required
     */
    public static function of(array $codecs, array $required): self
    {
        return new self($codecs, $required);
    }

    /** @return array<string, mixed> */
    public function schema(): array
    {
        return array_filter([
            'type' => 'object',
            'properties' => array_map(static fn (Codec $one): array => $one->schema, $this->codecs),
            'required' => $this->required === [] ? null : $this->required,
            'additionalProperties' => false,
        ], static fn (mixed $one): bool => $one !== null);
    }

    public function fits(mixed $value): bool
    {
        if (!$value instanceof \stdClass) {
            return false;
        }
        $values = get_object_vars($value);
        foreach ($values as $name => $one) {
            if (!isset($this->codecs[$name]) || !($this->codecs[$name]->fits)($one)) {
                return false;
            }
        }
        return array_diff($this->required, array_map('strval', array_keys($values))) === [];
    }

    /** @return array<string, mixed> */
    public function decode(\stdClass $value): array
    {
        $decoded = [];
        foreach (get_object_vars($value) as $name => $one) {
            $decoded[$name] = $this->codecs[$name]->decode($one);
        }
        return $decoded;
    }

    /**
     * @param array<string, mixed> $values
     *
     * @return array<string, mixed>
     */
    public function encode(array $values): array
    {
        foreach ($values as $name => $one) {
            $values[$name] = isset($this->codecs[$name]) ? $this->codecs[$name]->encode($one) : $one;
        }
        return $values;
    }
}
