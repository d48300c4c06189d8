import { randomInt } from 'node:crypto';
import { addDays, utcDay } from './days.js';
import { ApiError } from './errors.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CODE_LENGTH = 7;
const MAX_TRIES = 10;
const DAY_MS = 24 * 60 * 60 * 1000;

/** A random code of 7 letters and digits. */
export function randomCode() {
  return Array.from({ length: CODE_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** The rules about links: what is reused, what has expired, what counts as a click. */
export class LinkService {
  // Maps, not objects: a code such as "constructor" must not find anything that nobody stored.
  #byCode = new Map();
  #byTarget = new Map();
  #store;
  #now;
  #generateCode;

  /**
   * Loads the stored links.
   * @param {{ store: import('./store.js').Store, now: () => number, generateCode: () => string }} options
   */
  static async open({ store, now, generateCode }) {
    const service = new LinkService();
    service.#store = store;
    service.#now = now;
    service.#generateCode = generateCode;
    for (const link of await store.load()) service.#add(link);
    return service;
  }

  /**
   * Makes a link, or finds the one that already serves the same request.
   * @param {{ url: string, alias: string | null, expiresInDays: number | null }} request
   * @returns {Promise<{ link: object, created: boolean }>} once the link is stored
   * @throws {ApiError} 409 if the alias is in use
   */
  async shorten({ url, alias, expiresInDays }) {
    if (alias === null) {
      const existing = this.#byTarget.get(targetKey(url, expiresInDays));
      // An expired link stays in the index until its successor takes its place.
      if (existing !== undefined && !this.#isExpired(existing)) return { link: existing, created: false };
    } else if (this.#byCode.has(alias)) {
      throw new ApiError(409, 'alias_taken', `alias "${alias}" is in use, choose another one`, 'alias');
    }
    const now = this.#now();
    const link = {
      code: alias ?? this.#freeCode(),
      url,
      custom: alias !== null,
      createdAt: new Date(now).toISOString(),
      expiresInDays,
      expiresAt: expiresInDays === null ? null : new Date(now + expiresInDays * DAY_MS).toISOString(),
      clicks: {},
    };
    this.#add(link);
    await this.#save();
    return { link, created: true };
  }

  /**
   * The target to send a visitor to.
   * @param {string} code
   * @param {{ count: boolean }} options whether the visit is a click
   * @throws {ApiError} 404 if there is no such link, 410 if it has expired
   */
  follow(code, { count }) {
    const link = this.get(code);
    if (this.#isExpired(link)) throw new ApiError(410, 'expired', `link "${code}" has expired`);
    if (count) {
      const day = utcDay(this.#now());
      link.clicks[day] = (link.clicks[day] ?? 0) + 1;
      // The visitor does not wait for the disk, and a full disk must not stop redirects.
      this.#save().catch((error) => console.error(`clicks not saved: ${error.message}`));
    }
    return link.url;
  }

  /** @param {string} code @throws {ApiError} 404 if there is no such link */
  get(code) {
    const link = this.#byCode.get(code);
    if (link === undefined) throw new ApiError(404, 'not_found', `there is no link "${code}"`);
    return link;
  }

  /**
   * Clicks per day, both ends included, days without clicks as 0.
   * @param {string} code
   * @param {{ from: string, to: string }} period UTC days
   */
  stats(code, { from, to }) {
    const link = this.get(code);
    const days = [];
    for (let date = from; date <= to; date = addDays(date, 1)) {
      days.push({ date, clicks: link.clicks[date] ?? 0 });
    }
    const periodTotal = days.reduce((sum, day) => sum + day.clicks, 0);
    return { code, total: totalClicks(link), from, to, periodTotal, days };
  }

  /** All links, newest first. */
  list() {
    return [...this.#byCode.values()].reverse();
  }

  /** Removes a link and its clicks. @param {string} code @throws {ApiError} 404 */
  async remove(code) {
    const link = this.get(code);
    this.#byCode.delete(code);
    const key = targetKey(link.url, link.expiresInDays);
    if (this.#byTarget.get(key) === link) this.#byTarget.delete(key);
    await this.#save();
  }

  /** Resolves when everything is stored. */
  async close() {
    await this.#save();
  }

  #add(link) {
    this.#byCode.set(link.code, link);
    if (!link.custom) this.#byTarget.set(targetKey(link.url, link.expiresInDays), link);
  }

  #isExpired(link) {
    return link.expiresAt !== null && this.#now() >= Date.parse(link.expiresAt);
  }

  #freeCode() {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const code = this.#generateCode();
      if (!this.#byCode.has(code)) return code;
    }
    throw new Error(`no free code found in ${MAX_TRIES} tries`);
  }

  #save() {
    return this.#store.save(() => [...this.#byCode.values()]);
  }
}

/** All clicks a link ever had. */
export function totalClicks(link) {
  return Object.values(link.clicks).reduce((sum, count) => sum + count, 0);
}

function targetKey(url, expiresInDays) {
  return `${expiresInDays ?? 'forever'} ${url}`;
}
