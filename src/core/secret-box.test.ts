import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { newRootKey } from './root-keys.js';
import { SecretBox, type SecretPlace } from './secret-box.js';

const place: SecretPlace = { table: 'agent_settings', row: 'eng', provider: 'anthropic' };
const old = { ...newRootKey(), kid: 'old' };
const fresh = { ...newRootKey(), kid: 'fresh' };
const box = new SecretBox([fresh, old]);

describe('a secret box', () => {
  it('opens what it sealed, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(box.open(box.seal(text, place), place)).toBe(text);
      }),
    );
  });

  it('writes v1.kid.salt.iv.tag.ct, with a salt of 16, an IV of 12 and a tag of 16 bytes', () => {
    const parts = box.seal('sk-ant-1234567890', place).split('.');
    expect(parts.slice(0, 2)).toEqual(['v1', 'fresh']);
    expect(parts.slice(2).map((part) => Buffer.from(part, 'base64url').byteLength)).toEqual([16, 12, 16, 17]);
  });

  it('never seals the same text twice into the same value', () => {
    const values = Array.from({ length: 200 }, () => box.seal('same', place).split('.'));
    for (const part of [2, 3, 4, 5]) expect(new Set(values.map((value) => value[part])).size).toBe(200);
  });

  it('opens values of every root key it has, and names the missing one', () => {
    const sealed = new SecretBox([old]).seal('kept', place);
    expect(box.open(sealed, place)).toBe('kept');
    expect(() => new SecretBox([fresh]).open(sealed, place)).toThrow(
      expect.objectContaining({
        code: 'secret_unreadable',
        details: expect.objectContaining({ reason: 'unknown_key', kid: 'old' }),
      }),
    );
  });

  it('refuses a value of which any single character was changed', () => {
    const sealed = box.seal('sk-ant-api03-abcdef', place);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.';
    for (let index = 0; index < sealed.length; index += 1)
      for (const character of ['A', 'B', 'z', '_', '.', alphabet[index % alphabet.length] ?? '']) {
        if (sealed[index] === character) continue;
        const tampered = sealed.slice(0, index) + character + sealed.slice(index + 1);
        expect(() => box.open(tampered, place)).toThrow(
          expect.objectContaining({ code: 'secret_unreadable' }),
        );
      }
  });

  it('refuses a shortened tag, which GCM by itself would take', () => {
    const parts = box.seal('sk-ant-api03-abcdef', place).split('.');
    for (const bytes of [4, 8, 12, 15]) {
      const short = Buffer.from(parts[4] ?? '', 'base64url').subarray(0, bytes);
      const tampered = parts.with(4, short.toString('base64url')).join('.');
      expect(() => box.open(tampered, place)).toThrow(
        expect.objectContaining({ details: expect.objectContaining({ reason: 'malformed' }) }),
      );
    }
  });

  it.each([
    ['another row', { row: 'qa' }],
    ['another table', { table: 'webhooks' }],
    ['another provider', { provider: 'openai' }],
    ['a row and provider written into one another', { row: 'eng","anthropic', provider: '' }],
  ])('refuses a value that stands in %s', (_, other) => {
    const sealed = box.seal('sk-ant', place);
    expect(() => box.open(sealed, { ...place, ...other })).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ reason: 'not_authentic' }) }),
    );
  });

  it('refuses a value sealed under another key of the same name', () => {
    const impostor = new SecretBox([{ ...newRootKey(), kid: 'fresh' }]);
    expect(() => impostor.open(box.seal('x', place), place)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ reason: 'not_authentic' }) }),
    );
  });

  it.each(['', 'plain text', 'v1', 'v1.fresh.a.b.c', 'v2.fresh.a.b.c.d', 'v1..a.b.c.d', 'v1.fresh....'])(
    'calls %p malformed',
    (text) => {
      expect(() => box.open(text, place)).toThrow(
        expect.objectContaining({ details: expect.objectContaining({ reason: 'malformed' }) }),
      );
    },
  );

  it('reads its keys again when a value names one that another process has added', () => {
    const keys = [old];
    const running = new SecretBox(keys, () => keys);
    keys.unshift(fresh);
    expect(running.open(box.seal('rotated', place), place)).toBe('rotated');
    expect(running.currentKid).toBe('fresh');
  });
});
