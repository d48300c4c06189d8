import { plainName, type ArchiveEntry } from './entry.js';

const BLOCK = 512;
/** Longest name or PAX header that is believed. */
const MAX_META = 1024 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** What PAX and GNU headers say about the entry that follows them. */
interface Overrides {
  path?: string;
  size?: number;
}

/**
 * The entries of an uncompressed tar: V7, ustar, PAX and GNU.
 * @param maxEntries more are refused
 * @throws Error when it is damaged, cut off, or holds too many entries
 */
export function tarEntries(bytes: Buffer, maxEntries: number): ArchiveEntry[] {
  const entries: ArchiveEntry[] = [];
  let next: Overrides = {};
  for (let at = 0; at + BLOCK <= bytes.length;) {
    const header = bytes.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) return entries;
    checkSum(header, at);
    const type = String.fromCharCode(header[156] ?? 0);
    const size = next.size ?? numberAt(header, 124, 12);
    const start = at + BLOCK;
    const end = start + (HAS_CONTENT.test(type) ? size : 0);
    if (!Number.isSafeInteger(end) || end > bytes.length)
      throw new Error(`it is cut off at byte ${bytes.length}`);
    const body = bytes.subarray(start, end);
    at = start + Math.ceil((end - start) / BLOCK) * BLOCK;
    if (META.test(type)) {
      if (body.length > MAX_META) throw new Error('a header in it is too large');
      next = { ...next, ...readMeta(type, body) };
      continue;
    }
    if (entries.length >= maxEntries) throw new Error(`it has more than ${maxEntries} entries`);
    const name = next.path ?? nameOf(header);
    next = {};
    const folder = type === '5' || (type !== 'g' && name.endsWith('/'));
    entries.push({
      name: plainName(name),
      kind: folder ? 'folder' : kindOf(type),
      size: body.length,
      executable: (numberAt(header, 100, 8) & 0o111) !== 0,
      read: async () => Buffer.from(body),
    });
  }
  if (entries.length === 0) throw new Error('it holds no tar entries');
  return entries;
}

/** PAX for one entry and for all, GNU's long names and long links. */
const META = /[xgLK]/;
const HAS_CONTENT = /[07\0xgLKS]/;

function kindOf(type: string): ArchiveEntry['kind'] {
  if (type === '0' || type === '\0' || type === '7') return 'file';
  // A hard link's content stands elsewhere in the archive; it is left out like any link.
  if (type === '1' || type === '2') return 'link';
  return 'special';
}

function checkSum(header: Buffer, at: number): void {
  let sum = 0;
  for (const [index, byte] of header.entries()) sum += index >= 148 && index < 156 ? 32 : byte;
  if (sum !== numberAt(header, 148, 8)) throw new Error(`it is damaged at byte ${at}, or no tar at all`);
}

/** Octal digits, or, with the first bit set, a big-endian number. */
function numberAt(header: Buffer, from: number, length: number): number {
  const field = header.subarray(from, from + length);
  if (((field[0] ?? 0) & 0x80) !== 0) {
    let value = (field[0] ?? 0) & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return value;
  }
  const digits = textOf(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw new Error('a number in a header of it is damaged');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

function textOf(field: Buffer): string {
  const end = field.indexOf(0);
  return decode(end === -1 ? field : field.subarray(0, end));
}

/** Names that are not UTF-8 keep a lone surrogate's stand-in, which no path check lets pass. */
function decode(bytes: Buffer): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return `${bytes.toString('latin1')}\uD800`;
  }
}

function nameOf(header: Buffer): string {
  const name = textOf(header.subarray(0, 100));
  // GNU's own format has other things where ustar has the prefix.
  const ustar = header.subarray(257, 263).toString('latin1') === 'ustar\0';
  const prefix = ustar ? textOf(header.subarray(345, 500)) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

function readMeta(type: string, body: Buffer): Overrides {
  if (type === 'L') return { path: textOf(body) };
  if (type !== 'x') return {};
  const found: Overrides = {};
  for (let at = 0; at < body.length;) {
    const space = body.indexOf(32, at);
    const length = Number(body.subarray(at, space).toString('latin1'));
    if (space === -1 || !Number.isInteger(length) || length <= space - at || at + length > body.length)
      throw new Error('a PAX header of it is damaged');
    const record = body.subarray(space + 1, at + length - 1);
    const equals = record.indexOf(61);
    const key = record.subarray(0, equals).toString('latin1');
    const value = decode(record.subarray(equals + 1));
    if (key === 'path') found.path = value;
    if (key === 'size') {
      if (!/^\d+$/.test(value)) throw new Error('a PAX header of it is damaged');
      found.size = Number(value);
    }
    // Sparse files have their holes cut out: what stands in the archive is not the file.
    if (key.startsWith('GNU.sparse')) throw new Error('it holds a sparse file; pack it without --sparse');
    at += length;
  }
  return found;
}
