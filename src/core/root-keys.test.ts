import { describe, expect, it } from '@jest/globals';
import { loadConfig } from './config.js';
import { formatRootKeys, newRootKey, parseRootKeys } from './root-keys.js';

const b64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');
const good = formatRootKeys([newRootKey()]);

describe('root keys', () => {
  it('take what was generated, and keep its order', () => {
    const keys = [newRootKey(), newRootKey()];
    expect(parseRootKeys(formatRootKeys(keys))).toEqual({ keys, broken: [], weak: [] });
  });

  it('never find random keys weak', () => {
    for (let i = 0; i < 500; i += 1) expect(parseRootKeys(formatRootKeys([newRootKey()])).weak).toEqual([]);
  });

  it.each([
    ['no kid', b64(newRootKey().key), 'is not kid:base64'],
    ['a kid with a dot', `a.b:${b64(newRootKey().key)}`, 'is not kid:base64'],
    ['other characters', 'k1:***', 'is not base64'],
    ['16 bytes', `k1:${b64(newRootKey().key.subarray(16))}`, 'has 16 bytes, and needs 32'],
    ['the same kid twice', `${good},${good}`, 'a second time'],
  ])('call an entry with %s broken', (_, text, problem) => {
    expect(parseRootKeys(text).broken.join('\n')).toContain(problem);
  });

  it.each([
    ['zeros', new Uint8Array(32), 'all zeros'],
    ['one byte over and over', new Uint8Array(32).fill(7), 'repeats itself'],
    ['a short pattern', Buffer.from('deadbeef'.repeat(8), 'hex'), 'repeats itself'],
    ['a sequence', Uint8Array.from({ length: 32 }, (__, i) => i), 'plain sequence'],
    ['a sentence', 'correct horse battery staple 42!', 'readable text'],
    ['hex digits', '0123456789abcdef0123456789abcdef', 'readable text'],
  ])('call %s weak', (_, bytes, problem) => {
    expect(parseRootKeys(`k1:${b64(bytes)}`)).toMatchObject({
      broken: [],
      weak: [expect.stringContaining(problem)],
    });
  });

  it('stop a start in production with every problem at once, and none of the keys in the text', () => {
    const zeros = b64(new Uint8Array(32));
    const env = { NODE_ENV: 'production', PORT: 'x', ATELIER_SECRET_KEYS: `k1:${zeros},k1:${zeros},k2:abcd` };
    let message = '';
    try {
      loadConfig(env);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toMatch(/4 problems/);
    for (const part of ['PORT', 'all zeros', 'a second time', 'has 3 bytes']) expect(message).toContain(part);
    expect(message).not.toContain(zeros);
    expect(message).not.toContain('abcd');
  });

  it('may be weak outside production, but never broken', () => {
    const zeros = `k1:${b64(new Uint8Array(32))}`;
    expect(loadConfig({ ATELIER_SECRET_KEYS: zeros }).secretKeys).toBe(zeros);
    expect(() => loadConfig({ ATELIER_SECRET_KEYS: 'k1:abcd' })).toThrow('has 3 bytes');
  });
});
