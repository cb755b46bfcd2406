<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** The project's adapter, once it is loaded: its algorithms, its limits, its set-up and end. */
final class Adapter
{
    /** @var array<string, Algorithm> by name */
    public array $algorithms = [];
    /** @var list<Problem> everything that is wrong with it */
    public array $problems = [];
    private readonly string $project;
    private readonly string $file;

    public function __construct(string $path)
    {
        $this->project = (string) getcwd();
        $this->file = $this->relative($path);
        $functions = $this->functions();
        foreach ($functions as $function) {
            $signature = new Signature($function, $this->relative((string) $function->getFileName()));
            $algorithm = $signature->read();
            array_push($this->problems, ...$signature->problems);
            if ($algorithm !== null) {
                $this->algorithms[$algorithm->name] = $algorithm;
            }
        }
        $this->checkNames($functions);
    }

    public function relative(string $path): string
    {
        $prefix = "{$this->project}/";
        return str_starts_with($path, $prefix) ? substr($path, strlen($prefix)) : $path;
    }

    /** What the adapter says under LIMITS, with names as the yard has them; the yard checks it. */
    public function limits(): mixed
    {
        foreach (get_defined_constants(true)['user'] ?? [] as $name => $value) {
            if (preg_match('/(^|\\\\)LIMITS$/', $name)) {
                return is_array($value) ? (object) array_map(self::camelize(...), $value) : $value;
            }
        }
        return new \stdClass();
    }

    /** Runs `setup` or `teardown` where the adapter has it. */
    public function hook(string $name): void
    {
        foreach ($this->ownFunctions("/^$name\$/i") as $function) {
            $function->invoke();
        }
    }

    /** @return list<\ReflectionFunction> run_<name> and batch_<name>, in the order they appear */
    private function functions(): array
    {
        return $this->ownFunctions('/^(run|batch)_./');
    }

    /** @return list<\ReflectionFunction> */
    private function ownFunctions(string $pattern): array
    {
        $functions = array_map(
            static fn (string $name): \ReflectionFunction => new \ReflectionFunction($name),
            get_defined_functions()['user'],
        );
        $isOwn = function (\ReflectionFunction $one) use ($pattern): bool {
            $file = $this->relative((string) $one->getFileName());
            return preg_match($pattern, $one->getShortName()) && !preg_match('{^(/|vendor/|\.)}', $file);
        };
        return array_values(array_filter($functions, $isOwn));
    }

    /** @param list<\ReflectionFunction> $functions */
    private function checkNames(array $functions): void
    {
        $seen = [];
        foreach ($functions as $function) {
            $name = explode('_', $function->getShortName(), 2)[1];
            if (isset($seen[$name])) {
                $message = "{$seen[$name]} and {$function->getName()} are both there; an algorithm has one function";
                $this->complain($message, $this->relative((string) $function->getFileName()), $function->getStartLine() ?: 1);
            }
            $seen[$name] = $function->getName();
        }
        if ($functions === []) {
            $this->complain('there is no function run_<name>, so there is no algorithm', $this->file, 1);
        }
    }

    private function complain(string $message, string $file, int $line): void
    {
        $this->problems[] = new Problem($file, $line, null, null, $message);
    }

    private static function camelize(mixed $stated): mixed
    {
        if (!is_array($stated)) {
            return $stated;
        }
        $camel = static fn (string|int $key): string => lcfirst(str_replace('_', '', ucwords((string) $key, '_')));
        return (object) array_combine(array_map($camel, array_keys($stated)), array_map(self::camelize(...), $stated));
    }
}
