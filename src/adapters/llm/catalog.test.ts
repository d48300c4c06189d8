import { describe, expect, it } from '@jest/globals';
import { loadConfig } from '../../core/config.js';
import { ConfigError, ValidationError } from '../../core/errors.js';
import { createModelCatalog } from './catalog.js';
import { parseModelRef } from './port.js';

const catalog = (env: Record<string, string>) => createModelCatalog(loadConfig(env));

describe('a model reference', () => {
  it('splits at the first colon', () => {
    expect(parseModelRef('anthropic:claude-sonnet-5')).toEqual({
      provider: 'anthropic',
      model: 'claude-sonnet-5',
    });
    expect(parseModelRef('ollama:gpt-oss:20b')).toEqual({ provider: 'ollama', model: 'gpt-oss:20b' });
  });

  it.each(['gemini-2.5-pro', 'acme:best', 'openai:', 'openai: ', ':gpt', ''])(
    'is refused as "%s", naming the providers',
    (text) => {
      expect(() => parseModelRef(text)).toThrow(ValidationError);
      expect(() => parseModelRef(text)).toThrow('anthropic, openai, google-genai, ollama, rehearsal');
    },
  );
});

describe('the default model', () => {
  it('is the rehearsal when nothing is configured', () => {
    expect(catalog({}).defaultRef()).toEqual({ provider: 'rehearsal', model: 'studio' });
  });

  it('is that of the first provider with a key', () => {
    const keys = { ANTHROPIC_API_KEY: 'a', OPENAI_API_KEY: 'b', GOOGLE_API_KEY: 'c' };
    expect(catalog(keys).defaultRef().provider).toBe('anthropic');
    expect(catalog({ ...keys, ANTHROPIC_API_KEY: '' }).defaultRef().provider).toBe('openai');
    expect(catalog({ GOOGLE_API_KEY: 'c' }).defaultRef().provider).toBe('google-genai');
    expect(catalog({ OLLAMA_BASE_URL: 'http://localhost:11434' }).defaultRef().provider).toBe('ollama');
  });

  it('is not guessed for a server behind OPENAI_BASE_URL, whose models nobody knows', () => {
    const env = { OPENAI_BASE_URL: 'http://localhost:8000/v1', OPENAI_API_KEY: 'x' };
    expect(catalog(env).defaultRef().provider).toBe('rehearsal');
    expect(catalog({ ...env, ATELIER_MODEL: 'openai:qwen' }).defaultRef()).toEqual({
      provider: 'openai',
      model: 'qwen',
    });
  });

  it('is ATELIER_MODEL before everything else', () => {
    const env = { ANTHROPIC_API_KEY: 'a', ATELIER_MODEL: 'rehearsal:studio?delayMs=5' };
    expect(catalog(env).defaultRef()).toEqual({ provider: 'rehearsal', model: 'studio?delayMs=5' });
  });

  it.each(['acme:best', 'rehearsal:studio?slow=1'])('refuses ATELIER_MODEL=%s at start', (model) => {
    expect(() => catalog({ ATELIER_MODEL: model })).toThrow(ConfigError);
    expect(() => catalog({ ATELIER_MODEL: model })).toThrow('ATELIER_MODEL');
  });
});

describe('the catalog', () => {
  it('tells which providers can be called', () => {
    const models = catalog({ ANTHROPIC_API_KEY: 'a', OPENAI_BASE_URL: 'http://localhost:1/v1' });
    const known = ['anthropic', 'openai', 'google-genai', 'ollama', 'rehearsal', 'acme'];
    expect(known.filter((provider) => models.available(provider))).toEqual([
      'anthropic',
      'openai',
      'rehearsal',
    ]);
  });

  it('names the variable of a key that is missing, and takes a key of the caller instead', () => {
    const ref = { provider: 'google-genai', model: 'gemini-flash-latest' };
    expect(() => catalog({}).client(ref)).toThrow(ConfigError);
    expect(() => catalog({}).client(ref)).toThrow('GOOGLE_API_KEY');
    expect(catalog({}).client(ref, { apiKey: 'own' }).ref).toEqual(ref);
  });

  it('refuses providers it does not have', () => {
    expect(() => catalog({}).client({ provider: 'acme', model: 'best' })).toThrow(ValidationError);
  });
});
