import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { langpacks } from '../../src/langpack/index.js';
import { FIXTURES } from './language.js';

const languages = langpacks.map(({ language }) => language).sort();

test('every langpack has a fixture, and every fixture a langpack', () => {
  expect(readdirSync(FIXTURES).sort()).toEqual(languages);
});

test('every langpack is put through the cases', () => {
  const files = readdirSync(new URL('.', import.meta.url));
  expect(languages.filter((language) => !files.includes(`${language}.test.ts`))).toEqual([]);
});
