<?php

declare(strict_types=1);

namespace Runyard\Pipe\Types;

/** What names mean in one file: its namespace and its `use` statements. */
final class Scope
{
    /** @var array<string, self> by path */
    private static array $files = [];

    /** @param array<string, string> $uses full names by short ones in small letters */
    private function __construct(
        private readonly string $namespace,
        private readonly array $uses,
        private readonly ?string $self = null,
    ) {
    }

    public static function ofFile(string $path): self
    {
        return self::$files[$path] ??= self::read((string) file_get_contents($path));
    }

    /** @param \ReflectionClass<object> $class */
    public static function ofClass(\ReflectionClass $class): self
    {
        $file = self::ofFile((string) $class->getFileName());
        return new self($class->getNamespaceName(), $file->uses, $class->getName());
    }

    /** The full name, with a backslash before it. */
    public function resolve(string $name): string
    {
        if ($name[0] === '\\') {
            return $name;
        }
        if ($this->self !== null && in_array($name, ['self', 'static', '$this'], true)) {
            return "\\{$this->self}";
        }
        [$first, $rest] = explode('\\', $name, 2) + [1 => null];
        $used = $this->uses[strtolower($first)] ?? null;
        if ($used !== null) {
            return "\\$used" . ($rest === null ? '' : "\\$rest");
        }
        return $this->namespace === '' ? "\\$name" : "\\{$this->namespace}\\$name";
    }

    private static function read(string $source): self
    {
        $namespace = '';
        $uses = [];
        $depth = 0;
        $tokens = array_values(array_filter(\PhpToken::tokenize($source), static fn (\PhpToken $one): bool => !$one->isIgnorable()));
        foreach ($tokens as $index => $token) {
            $depth += ['{' => 1, '}' => -1][$token->text] ?? 0;
            if ($token->id === T_NAMESPACE && ($tokens[$index + 1]->is([T_STRING, T_NAME_QUALIFIED]) ?? false)) {
                $namespace = $tokens[$index + 1]->text;
            } elseif ($token->id === T_USE && $depth <= 1) {
                $uses += self::readUse($tokens, $index + 1);
            }
        }
        return new self($namespace, $uses);
    }

    /**
     * `use A\B, C as D;` and `use A\{B, C as D};`
     *
     * @param list<\PhpToken> $tokens
     *
     * @return array<string, string>
     */
    private static function readUse(array $tokens, int $index): array
    {
        $text = '';
        for (; isset($tokens[$index]) && $tokens[$index]->text !== ';' && $tokens[$index]->text !== '('; $index += 1) {
            $text .= $tokens[$index]->id === T_AS ? ' as ' : $tokens[$index]->text;
        }
        [$prefix, $group] = str_contains($text, '{') ? explode('{', rtrim($text, '}'), 2) : ['', $text];
        $uses = [];
        foreach (array_filter(explode(',', $group)) as $one) {
            [$full, $alias] = explode(' as ', $one, 2) + [1 => null];
            $full = ltrim($prefix . $full, '\\');
            $uses[strtolower($alias ?? substr((string) strrchr("\\$full", '\\'), 1))] = $full;
        }
        return $uses;
    }
}
