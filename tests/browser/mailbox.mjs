// The mails that the server of the suite has written to its directory.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const directory = process.env.LATCHKEY_SUITE_MAIL;

const decoded = (body, encoding) => {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/quoted-printable/i.test(encoding)) return body;
  const bytes = body.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
};

/** The plain text of a message. */
const textOf = (message) => {
  const part = message.split(/\r?\n--/).find((candidate) => /content-type: text\/plain/i.test(candidate)) ?? message;
  const [head, ...rest] = part.split(/\r?\n\r?\n/);
  return decoded(rest.join('\n\n'), head.match(/content-transfer-encoding: (\S+)/i)?.[1] ?? '');
};

/** The texts of the mails to an address, in no order. */
export const mailsTo = async (address) => {
  const names = (await readdir(directory)).filter((name) => name.endsWith('.eml'));
  const messages = await Promise.all(names.map((name) => readFile(join(directory, name), 'utf8')));
  return messages.filter((message) => message.split(/\r?\n\r?\n/)[0].includes(address)).map(textOf);
};

/** The next mail to an address that holds what is wanted: notices of what was done come whenever they come. */
export const nextMailTo = async (address, before = [], wanted = /./) => {
  for (let turn = 0; turn < 150; turn += 1) {
    const text = (await mailsTo(address)).find((candidate) => !before.includes(candidate) && wanted.test(candidate));
    if (text) return text;
    await delay(100);
  }
  throw new Error(`no mail to ${address}`);
};

export const codeIn = (text) => text.split(/\r?\n/).map((line) => line.replaceAll(' ', '')).find((line) => /^\d{6,8}$/.test(line));
export const linkIn = (text) => text.match(/https?:\/\/\S+/)[0];
