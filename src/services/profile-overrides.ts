import { z } from 'zod';

/** A model's address. Only http and https, and no credentials in it, which would end up in logs. */
const address = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .max(2000)
  .refine((text) => {
    // Checks run even after one before them has failed.
    if (!URL.canParse(text)) return false;
    const { username, password } = new URL(text);
    return username === '' && password === '';
  }, 'must not contain credentials: store the key with the profile instead');
const whole = (min: number, max: number, what: string) =>
  z
    .string()
    .regex(/^[0-9]{1,9}$/, `must be ${what}`)
    .refine((text) => Number(text) >= min && Number(text) <= max, `must be from ${min} to ${max}`);

/**
 * What a profile may set differently from the environment: `agent_settings.env_overrides`, all texts. Keys are not
 * among them on purpose: they are stored sealed.
 */
export const envOverrides = z.strictObject({
  ANTHROPIC_BASE_URL: address.optional(),
  OPENAI_BASE_URL: address.optional(),
  GOOGLE_BASE_URL: address.optional(),
  OLLAMA_BASE_URL: address.optional(),
  /** The longest answer the profile's model may give, in tokens. */
  MAX_OUTPUT_TOKENS: whole(256, 1_000_000, 'a number of tokens').optional(),
  /** How long one try of a call may take. */
  MODEL_TIMEOUT_SECONDS: whole(1, 3600, 'a number of seconds').optional(),
});
export type EnvOverrides = z.infer<typeof envOverrides>;

const BASE_URL_OF: Readonly<Record<string, keyof EnvOverrides>> = {
  anthropic: 'ANTHROPIC_BASE_URL',
  openai: 'OPENAI_BASE_URL',
  'google-genai': 'GOOGLE_BASE_URL',
  ollama: 'OLLAMA_BASE_URL',
};

/** Overrides as a call needs them. */
export interface CallOverrides {
  baseUrl?: string;
  maxOutputTokens?: number;
  timeoutMs?: number;
}

/** Reads stored overrides for one provider. Names and values that are not allowed (imported ones, say) count for nothing. */
export function overridesFor(stored: Readonly<Record<string, unknown>>, provider: string): CallOverrides {
  const shape = envOverrides.shape;
  const text = (name: keyof EnvOverrides | undefined): string | undefined => {
    if (name === undefined) return undefined;
    const value = shape[name].safeParse(stored[name]);
    return value.success ? value.data : undefined;
  };
  const tokens = text('MAX_OUTPUT_TOKENS');
  const seconds = text('MODEL_TIMEOUT_SECONDS');
  return {
    baseUrl: text(BASE_URL_OF[provider]),
    maxOutputTokens: tokens === undefined ? undefined : Number(tokens),
    timeoutMs: seconds === undefined ? undefined : Number(seconds) * 1000,
  };
}
