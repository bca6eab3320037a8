// A real Apache with mod_auth_openidc, in the foreground, on the port that prepare.mjs reserved.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { issuer, prepared, preparedPath } from './suite.mjs';

const httpd = process.env.APACHE ?? '/usr/sbin/apache2';
const modules = process.env.APACHE_MODULES ?? '/usr/lib/apache2/modules';
const configuration = fileURLToPath(new URL('../apache/httpd.conf', import.meta.url));

/** Starts Apache as that client; `authentication` are the lines of its configuration that say how it proves it. */
export async function startApache(t, clientId, authentication) {
  const port = prepared.ports.apache;
  const work = mkdtempSync(join(tmpdir(), 'latchkey-apache-'));
  mkdirSync(join(work, 'pages'));
  for (const name of ['protected', 'api']) writeFileSync(join(work, 'pages', name), `the ${name} page\n`);
  writeFileSync(join(work, 'pages', 'bye'), 'signed out\n');
  writeFileSync(join(work, 'authentication.conf'), authentication.join('\n'), { mode: 0o600 });
  copyFileSync(configuration, join(work, 'httpd.conf'));
  copyFileSync(preparedPath('authority.pem'), join(work, 'authority.pem'));
  // Its workers run as another user when it is started by root.
  for (const path of [work, join(work, 'pages')]) chmodSync(path, 0o755);

  const variables = {
    PORT: port, WORK: work, MODULES: modules, ISSUER: issuer.href, CLIENT_ID: clientId,
    PASSPHRASE: randomBytes(16).toString('hex'),
  };
  const server = spawn(httpd, ['-f', join(work, 'httpd.conf'), '-DFOREGROUND'], {
    env: { ...process.env, ...variables },
    stdio: ['ignore', 'inherit', 'inherit'],
    // Apache ends its whole process group when it stops; the test must not be in it.
    detached: true,
  });
  const ended = new Promise((resolve) => {
    server.once('exit', resolve);
  });
  // Nor may it outlive a run that somebody stops.
  process.once('exit', () => server.kill('SIGTERM'));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const log = () => (existsSync(join(work, 'error.log')) ? readFileSync(join(work, 'error.log'), 'utf8') : '');
  t.after(async () => {
    server.kill('SIGTERM');
    await ended;
    rmSync(work, { recursive: true });
  });
  const origin = `http://127.0.0.1:${port}`;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answer = await fetch(`${origin}/bye`).catch(() => undefined);
    if (answer) return { origin, log };
    if (server.exitCode !== null) throw new Error(`Apache ended: ${log()}`);
    await pause(50);
  }
  throw new Error(`Apache does not answer: ${log()}`);
}
