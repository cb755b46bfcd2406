<?php

declare(strict_types=1);

// Runyard\Pipe\X is in Pipe/, and what adapters may use, Runyard\X, in Adapter/.
spl_autoload_register(static function (string $class): void {
    $parts = explode('\\', $class);
    if (array_shift($parts) !== 'Runyard') {
        return;
    }
    $folder = $parts[0] === 'Pipe' ? __DIR__ : __DIR__ . '/Adapter';
    $path = $folder . '/' . implode('/', $parts) . '.php';
    if (is_file($path)) {
        require $path;
    }
});
