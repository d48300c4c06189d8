import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ceilingOf, costOf, inputCeiling } from './cost.js';

const used = (inputTokens: number, outputTokens: number, cachedTokens = 0, cacheWriteTokens = 0) => ({
  inputTokens,
  outputTokens,
  cachedTokens,
  cacheWriteTokens,
});
const sonnet = { provider: 'anthropic', model: 'claude-sonnet-4-20250514' };

describe('the cost of a call', () => {
  it('is the list price of what was read and written, per million tokens', () => {
    expect(costOf(sonnet, used(1000, 100))).toBeCloseTo((1000 * 3 + 100 * 15) / 1e6, 10);
    expect(costOf({ provider: 'openai', model: 'gpt-5' }, used(1000, 100))).toBeCloseTo(
      (1000 * 1.25 + 100 * 10) / 1e6,
      10,
    );
    expect(costOf({ provider: 'google-genai', model: 'gemini-2.5-pro' }, used(1000, 100))).toBeCloseTo(
      (1000 * 1.25 + 100 * 10) / 1e6,
      10,
    );
  });

  it('counts tokens from the cache at their own price, and those written to it at theirs', () => {
    expect(costOf(sonnet, used(1000, 0, 800, 100))).toBeCloseTo((100 * 3 + 800 * 0.3 + 100 * 3.75) / 1e6, 10);
  });

  it.each(['rehearsal', 'ollama'])('is nothing at %s', (provider) => {
    expect(costOf({ provider, model: 'whatever' }, used(1e6, 1e6))).toBe(0);
  });

  it.each([
    ['openai', 'a-model-of-one-s-own'],
    ['scripted', 'test'],
  ])('is unknown, not nothing, for %s:%s', (provider, model) => {
    expect(costOf({ provider, model }, used(10, 10))).toBeNull();
  });

  it('is what an administrator has set, for one model or for all of a provider', () => {
    const prices = {
      'openai:llama': { input: 1, output: 2, cacheRead: 0.5 },
      'openai:*': { input: 10, output: 20 },
    };
    expect(costOf({ provider: 'openai', model: 'llama' }, used(1e6, 1e6, 5e5), prices)).toBeCloseTo(2.75, 10);
    expect(costOf({ provider: 'openai', model: 'gpt-5' }, used(1e6, 0), prices)).toBe(10);
    expect(costOf(sonnet, used(1e6, 0), prices)).toBe(costOf(sonnet, used(1e6, 0)));
  });
});

describe('the ceiling of a call', () => {
  it('is never below what the same call can cost, however it is cached', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.constantFrom(
          sonnet,
          { provider: 'openai', model: 'gpt-5' },
          { provider: 'google-genai', model: 'gemini-2.5-pro' },
        ),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (text, ref, cached, written) => {
          const messages = [{ role: 'user' as const, content: text }];
          const ceiling = ceilingOf(ref, messages, 1000);
          const input = Buffer.byteLength(text);
          const cachedTokens = Math.floor(input * cached);
          const usage = used(input, 1000, cachedTokens, Math.floor((input - cachedTokens) * written));
          expect(costOf(ref, usage) ?? Number.NaN).toBeLessThanOrEqual(ceiling.usd ?? Number.NaN);
          expect(input + 1000).toBeLessThanOrEqual(ceiling.tokens);
        },
      ),
    );
  });

  it('counts bytes, as a rare character can be a token per byte', () => {
    const of = (content: string) =>
      inputCeiling([{ role: 'user', content }]) - inputCeiling([{ role: 'user', content: '' }]);
    expect([of('abcd'), of('ü'), of('語'), of('🙂')]).toEqual([4, 2, 3, 4]);
  });

  it('is unknown in dollars where the price is', () => {
    expect(ceilingOf({ provider: 'openai', model: 'own' }, [], 100)).toEqual({ tokens: 164, usd: null });
  });
});
