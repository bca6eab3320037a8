// No page is forgotten: what the crates render stands in `pages.mjs`, and each name there is checked by a spec.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { NAMES, PAGES, UNSEEN } from '../pages.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The texts of the files below a directory that end so. */
const texts = async (directory, end) => {
  const files = (await readdir(directory, { recursive: true })).filter((name) => name.endsWith(end));
  return Promise.all(files.map((name) => readFile(join(directory, name), 'utf8')));
};

const found = (sources, pattern) => new Set(sources.flatMap((source) => [...source.matchAll(pattern)].map(([, name]) => name)));

test('every page that can be rendered has a row', async () => {
  const sources = await Promise.all(['account', 'web', 'oidc'].map((crate) => texts(join(root, 'crates', crate, 'src'), '.rs')));
  const rendered = found(sources.flat(), /template\(path = "([^"]+)"/g);
  expect(rendered.size).toBeGreaterThan(40);
  expect([...rendered].sort()).toEqual([...Object.keys(PAGES), ...UNSEEN].sort());
});

test('every name in a row is checked by a spec, and stands there once', async () => {
  const checked = found(await texts(join(root, 'tests/browser/specs'), '.spec.mjs'), /\bcheck\('([^']+)'/g);
  expect([...NAMES].sort()).toEqual([...checked].sort());
  expect(new Set(NAMES).size).toBe(NAMES.length);
});
