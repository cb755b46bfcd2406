#!/bin/sh
# Installs what the project's composer.json asks for, into vendor/.
[ -e composer.json ] || exit 0
COMPOSER_ALLOW_SUPERUSER=1
export COMPOSER_ALLOW_SUPERUSER
exec composer install --no-interaction --no-progress --no-dev
