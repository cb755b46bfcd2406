<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** Reads the types of PHPDoc as PHPStan and Psalm write them: `list<string>`, `array{name: string, age?: int}`, `'a'|'b'`. */
final class TypeParser
{
    private const TOKENS = <<<'REGEX'
        ~\G\s*(?:
            (?<string> "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' ) |
            (?<number> -?\d+(?:\.\d+)?(?![\w]) ) |
            (?<name> \$this | \\?[A-Za-z_][\w-]*(?:\\[A-Za-z_]\w*)*(?:::[\w*]+)? ) |
            (?<sign> \[\] | \.\.\. | [|?<>{}(),:&=] )
        )~xA
        REGEX;

    private int $offset = 0;

    private function __construct(private readonly string $text)
    {
    }

    /**
     * The type a text begins with, and what follows it.
     *
     * @return array{Type, string}
     *
     * @throws Inexpressible when it cannot be read
     */
    public static function parseStart(string $text): array
    {
        $parser = new self($text);
        $type = $parser->union();
        return [$type, trim(substr($text, $parser->offset))];
    }

    private function union(): Type
    {
        $members = [$this->single()];
        while ($this->accept('|')) {
            $members[] = $this->single();
        }
        return Type::union(...$members);
    }

    private function single(): Type
    {
        if ($this->accept('?')) {
            return Type::union($this->single(), Type::named('null'));
        }
        $type = $this->primary();
        while ($this->accept('[]')) {
            $type = Type::named('list', $type);
        }
        return $type;
    }

    private function primary(): Type
    {
        if ($this->accept('(')) {
            $type = $this->union();
            $this->expect(')');
            return $type;
        }
        $token = $this->token();
        if (isset($token['string'])) {
            return Type::literal(stripslashes(substr($token['string'], 1, -1)));
        }
        if (isset($token['number'])) {
            return Type::literal(str_contains($token['number'], '.') ? (float) $token['number'] : (int) $token['number']);
        }
        return isset($token['name']) ? $this->named($token['name']) : $this->fail();
    }

    private function named(string $name): Type
    {
        if (in_array(strtolower($name), ['array', 'list', 'object', 'non-empty-array', 'non-empty-list'], true) && $this->accept('{')) {
            return $this->shape();
        }
        if (!$this->accept('<')) {
            return Type::named($name);
        }
        $arguments = [];
        do {
            $arguments[] = $this->union();
        } while ($this->accept(','));
        $this->expect('>');
        return Type::named($name, ...$arguments);
    }

    /** `{name: T, other?: T}`, or `{A, B}` for a list of just those. */
    private function shape(): Type
    {
        $fields = [];
        $isList = true;
        while (!$this->accept('}')) {
            $key = $this->key();
            $isList = $isList && ($key === null || ($key['name'] === (string) count($fields) && $key['required']));
            $fields[$key['name'] ?? (string) count($fields)] = [$this->union(), $key['required'] ?? true];
            if (!$this->accept(',')) {
                $this->expect('}');
                break;
            }
        }
        $isTuple = $isList && $fields !== [];
        return $isTuple ? Type::tuple(...array_column($fields, 0)) : Type::shape($fields);
    }

    /** @return array{name: string, required: bool}|null null where there is none, but a type alone */
    private function key(): ?array
    {
        $pattern = '~\G\s*(?:([\w-]+)|"([^"]*)"|\'([^\']*)\')\s*(\?)?\s*:(?!:)~A';
        if (!preg_match($pattern, $this->text, $match, PREG_UNMATCHED_AS_NULL, $this->offset)) {
            return null;
        }
        $this->offset += strlen($match[0]);
        return ['name' => $match[1] ?? $match[2] ?? $match[3], 'required' => $match[4] === null];
    }

    private function accept(string $sign): bool
    {
        $before = $this->offset;
        $token = $this->next();
        if (($token['sign'] ?? null) === $sign) {
            return true;
        }
        $this->offset = $before;
        return false;
    }

    private function expect(string $sign): void
    {
        if (!$this->accept($sign)) {
            $this->fail();
        }
    }

    /** @return array<string, string> */
    private function token(): array
    {
        return $this->next() ?? $this->fail();
    }

    /** @return array<string, string>|null the token of one kind, by the kind */
    private function next(): ?array
    {
        if (!preg_match(self::TOKENS, $this->text, $match, PREG_UNMATCHED_AS_NULL, $this->offset)) {
            return null;
        }
        $this->offset += strlen($match[0]);
        return array_filter($match, static fn (mixed $one, mixed $key): bool => $one !== null && is_string($key), ARRAY_FILTER_USE_BOTH);
    }

    private function fail(): never
    {
        $rest = trim(substr($this->text, $this->offset));
        throw new Inexpressible("the type `{$this->text}` cannot be read at " . ($rest === '' ? 'its end' : "`$rest`"));
    }
}
