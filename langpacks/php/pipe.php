<?php

// Entry of the PHP pipe: serves the project in the working directory, or describes it with --describe.

declare(strict_types=1);

namespace Runyard\Pipe;

require __DIR__ . '/src/autoload.php';

$runyard = Main::start(array_slice($argv, 1));
try {
    // Outside of any function, so that the adapter's variables are global as they are everywhere else.
    if (is_file('vendor/autoload.php')) {
        require_once 'vendor/autoload.php';
    }
    require_once $runyard->source();
} catch (\Throwable $error) {
    $runyard->failToLoad($error);
}
exit($runyard->run());
