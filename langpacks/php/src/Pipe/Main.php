<?php

declare(strict_types=1);

namespace Runyard\Pipe;

/** The program: describes the project in the working directory, or serves it. */
final class Main
{
    private const REFUSED = 78;
    private const FATAL = E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR;

    /** Whether the adapter is loaded: what ends the process before is the adapter's fault. */
    private bool $isLoaded = false;
    private bool $isTold = false;

    /** @param resource|null $answers null for a classic project that opens them for each answer */
    private function __construct(
        private readonly bool $describes,
        private readonly bool $isClassic,
        private readonly string $source,
        private $answers,
    ) {
    }

    /** @param list<string> $arguments */
    public static function start(array $arguments): self
    {
        if (!in_array($arguments, [[], ['--describe']], true)) {
            fwrite(STDERR, 'usage: php pipe.php [--describe], got ' . implode(' ', $arguments) . "\n");
            exit(self::REFUSED);
        }
        $isClassic = getenv('RUNYARD_KIND') === 'classic';
        $answers = $isClassic && getenv('ALGOOUT') === false ? null : Stdio::openAnswers();
        $main = new self($arguments !== [], $isClassic, (string) getenv('RUNYARD_ADAPTER'), $answers);
        register_shutdown_function($main->tellOfTheEnd(...));
        return $main;
    }

    public function source(): string
    {
        // A classic algorithm is run, not described.
        return $this->describes && $this->isClassic ? __DIR__ . '/DocTag.php' : $this->source;
    }

    public function failToLoad(\Throwable $error): never
    {
        if ($this->describes) {
            $this->tellProblem($error->getFile(), $error->getLine(), $error::class . ': ' . $error->getMessage());
            exit(0);
        }
        fwrite(STDERR, Failures::stackOf($error) . "\n");
        exit(1);
    }

    /** Runs until the parent closes the pipe. */
    public function run(): int
    {
        $this->isLoaded = true;
        if ($this->isClassic) {
            return $this->describes ? 0 : $this->serveClassic();
        }
        $adapter = new Adapter($this->source);
        if ($this->describes) {
            $this->describe($adapter);
            return 0;
        }
        return $adapter->problems === [] ? $this->serve($adapter) : $this->refuse($adapter);
    }

    private function describe(Adapter $adapter): void
    {
        $descriptors = array_map(static fn (Algorithm $one): array => $one->descriptor, array_values($adapter->algorithms));
        $this->tell($adapter->problems === []
            ? ['algorithms' => $descriptors, 'limits' => $adapter->limits()]
            : ['problems' => $adapter->problems]);
    }

    private function refuse(Adapter $adapter): int
    {
        foreach ($adapter->problems as $problem) {
            fwrite(STDERR, "{$problem->file}:{$problem->line}: {$problem->function} {$problem->message}\n");
        }
        return self::REFUSED;
    }

    private function serve(Adapter $adapter): int
    {
        $adapter->hook('setup');
        $names = array_map(static fn (string $name): array => ['name' => $name], array_keys($adapter->algorithms));
        $ready = ['protocol' => 2, 'algorithms' => $names, 'concurrency' => 1, 'answers' => 'plain'];
        Stdio::announce((string) json_encode($ready));
        (new Server($adapter->algorithms, Stdio::openRequests(), $this->answers))->serve();
        $adapter->hook('teardown');
        return 0;
    }

    private function serveClassic(): int
    {
        $server = new ClassicServer(Stdio::openRequests(), $this->answers);
        Stdio::announce();
        $server->serve();
        return 0;
    }

    /** Some errors cannot be caught, and an adapter may end the process by itself. */
    private function tellOfTheEnd(): void
    {
        if (!$this->describes || $this->isLoaded || $this->isTold) {
            return;
        }
        $error = error_get_last();
        $isFatal = $error !== null && ($error['type'] & self::FATAL) !== 0;
        $isFatal
            ? $this->tellProblem($error['file'], $error['line'], $error['message'])
            : $this->tellProblem($this->source, null, 'it ends the process');
        exit(0);
    }

    private function tellProblem(string $file, ?int $line, string $message): void
    {
        $project = getcwd() . '/';
        $shown = str_starts_with($file, $project) ? substr($file, strlen($project)) : $file;
        $this->tell(['problems' => [new Problem($shown, $line, null, null, "it cannot be loaded: $message")]]);
    }

    private function tell(mixed $document): void
    {
        $this->isTold = true;
        $flags = JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE;
        Stdio::write($this->answers, json_encode($document, $flags, Intake::MAX_DEPTH));
    }
}
