import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { AppError } from './errors.js';
import type { RootKey } from './root-keys.js';

/**
 * Where a sealed value lives. It is authenticated with the value: the same bytes in another row, another table or
 * beside another provider do not open.
 */
export interface SecretPlace {
  table: string;
  row: string;
  /** Whom the secret may be shown to, such as `anthropic`; empty where there is no such party. */
  provider: string;
}

/** Why a sealed value did not open. */
export type SecretFailure = 'malformed' | 'unknown_key' | 'not_authentic';

/** Thrown when a sealed value cannot be opened here: set it again, or bring its root key back. */
export class SecretError extends AppError {
  constructor(reason: SecretFailure, message: string, place: SecretPlace, kid?: string) {
    super('secret_unreadable', 500, message, { details: { reason, ...place, ...(kid && { kid }) } });
  }
}

const VERSION = 'v1';
const INFO = 'atelier secret at rest, v1';
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals small secrets for the database: `v1.kid.salt.iv.tag.ct`, the last four in base64url. AES-256-GCM under a
 * key of its own per value, derived from the root key with HKDF-SHA-256 and the salt, so that no two values share
 * a key and IVs cannot collide.
 */
export class SecretBox {
  private keys: readonly RootKey[];

  /**
   * @param keys the first one seals, all of them open; at least one
   * @param reload reads the keys again when a value names one that is not among them, for keys kept in a file that
   *   another process rotates
   * @throws RangeError without keys
   */
  constructor(
    keys: readonly RootKey[],
    private readonly reload?: () => readonly RootKey[],
  ) {
    if (keys.length === 0) throw new RangeError('A secret box needs at least one root key.');
    this.keys = keys;
  }

  /** The kid that seals. */
  get currentKid(): string {
    return this.keys[0]?.kid ?? '';
  }

  /** The kid a sealed value names; undefined when it has another form. */
  static kidOf(sealed: string): string | undefined {
    const [version, kid, ...rest] = sealed.split('.');
    return version === VERSION && rest.length === 4 && kid !== '' ? kid : undefined;
  }

  /** Encrypts a text for its place. Two calls never give the same value. */
  seal(plain: string, place: SecretPlace): string {
    const [root] = this.keys;
    if (!root) throw new RangeError('A secret box needs at least one root key.');
    const salt = randomBytes(SALT_BYTES);
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', derive(root, salt), iv, { authTagLength: TAG_BYTES });
    cipher.setAAD(associated(root.kid, place));
    const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    const parts = [salt, iv, cipher.getAuthTag(), text].map((part) => part.toString('base64url'));
    return [VERSION, root.kid, ...parts].join('.');
  }

  /**
   * Decrypts a value from its place.
   * @throws SecretError `malformed` for another form, `unknown_key` when its root key is not here,
   *   `not_authentic` when it was changed, moved, or sealed under another key of that name
   */
  open(sealed: string, place: SecretPlace): string {
    const kid = SecretBox.kidOf(sealed);
    const [salt, iv, tag, text] = sealed.split('.').slice(2).map(decode);
    if (kid === undefined || !salt || !iv || !tag || !text)
      throw new SecretError('malformed', `The secret of ${named(place)} is damaged: set it again.`, place);
    if (salt.byteLength !== SALT_BYTES || iv.byteLength !== IV_BYTES || tag.byteLength !== TAG_BYTES)
      throw new SecretError('malformed', `The secret of ${named(place)} is damaged: set it again.`, place);
    const root = this.find(kid);
    if (!root)
      throw new SecretError(
        'unknown_key',
        `The secret of ${named(place)} is sealed under the root key "${kid}", which is not here: add it to ATELIER_SECRET_KEYS, or set the secret again.`,
        place,
        kid,
      );
    try {
      const decipher = createDecipheriv('aes-256-gcm', derive(root, salt), iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(associated(kid, place));
      decipher.setAuthTag(tag);
      return Buffer.concat([decipher.update(text), decipher.final()]).toString('utf8');
    } catch {
      // OpenSSL's own words tell nothing more, and a cause would only carry buffers into logs.
      throw new SecretError(
        'not_authentic',
        `The secret of ${named(place)} was changed, moved, or sealed under another key "${kid}": set it again.`,
        place,
        kid,
      );
    }
  }

  private find(kid: string): RootKey | undefined {
    const known = this.keys.find((key) => key.kid === kid);
    if (known || !this.reload) return known;
    const fresh = this.reload();
    if (fresh.length > 0) this.keys = fresh;
    return this.keys.find((key) => key.kid === kid);
  }
}

function derive(root: RootKey, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', root.key, salt, INFO, 32));
}

/** As JSON, so that no two places can be written the same. */
function associated(kid: string, { table, row, provider }: SecretPlace): Buffer {
  return Buffer.from(JSON.stringify([VERSION, kid, table, row, provider]), 'utf8');
}

/** Strict base64url: what would decode to the same bytes but is written otherwise counts as damaged. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url');
  return bytes.toString('base64url') === part ? bytes : undefined;
}

function named({ table, row }: SecretPlace): string {
  return `${table} "${row}"`;
}
