import React, { useState } from 'react';
import type { AgentSettingsView } from '../../src/http/presenters/agent-settings.js';
import { call, useAction } from './api.js';
import { Button, Dialog, ErrorNote, Field } from './kit.js';

const OVERRIDES = [
  ['ANTHROPIC_BASE_URL', 'Address of Anthropic’s API'],
  ['OPENAI_BASE_URL', 'Address of OpenAI’s API, or one like it'],
  ['GOOGLE_BASE_URL', 'Address of Google’s API'],
  ['OLLAMA_BASE_URL', 'Address of Ollama'],
  ['MAX_OUTPUT_TOKENS', 'Longest answer, in tokens'],
  ['MODEL_TIMEOUT_SECONDS', 'Longest try of a call, in seconds'],
] as const;

const UNITS: Readonly<Record<AgentSettingsView['usageUnit'], string>> = {
  runs: 'runs',
  tokens: 'tokens',
  usd: 'US dollars',
};

/** What an administrator changes of an agent. Only what is different is sent. */
export function AgentForm({
  agent,
  name,
  onClose,
  onChanged,
}: {
  agent: AgentSettingsView;
  name: string;
  onClose: () => void;
  onChanged: () => void;
}): React.JSX.Element {
  const before = {
    provider: agent.provider,
    model: agent.model ?? '',
    fallbackProvider: agent.fallback?.provider ?? '',
    fallbackModel: agent.fallback?.model ?? '',
    usageUnit: agent.usageUnit,
    dailyLimit: String(agent.dailyLimit),
    hardLimit: agent.hardLimit,
    overrides: agent.envOverrides,
  };
  const [wish, setWish] = useState(before);
  const save = useAction(async () => {
    const overrides = Object.fromEntries(
      Object.entries(wish.overrides).filter(([, value]) => value.trim() !== ''),
    );
    const fallback =
      wish.fallbackProvider === '' && wish.fallbackModel === ''
        ? null
        : { provider: wish.fallbackProvider, model: wish.fallbackModel };
    const fields: readonly (readonly [string, unknown, unknown])[] = [
      ['provider', wish.provider, before.provider],
      ['model', wish.model.trim() === '' ? null : wish.model.trim(), agent.model],
      ['fallback', fallback, agent.fallback],
      ['usageUnit', wish.usageUnit, before.usageUnit],
      ['dailyLimit', Number(wish.dailyLimit), agent.dailyLimit],
      ['hardLimit', wish.hardLimit, before.hardLimit],
      ['envOverrides', overrides, agent.envOverrides],
    ];
    const changed = fields.filter(([, to, from]) => JSON.stringify(to) !== JSON.stringify(from));
    if (changed.length > 0)
      await call(
        'PATCH',
        `/settings/agents/${agent.profile}`,
        Object.fromEntries(changed.map(([key, to]) => [key, to])),
      );
    onChanged();
  });
  const text = (
    field: 'provider' | 'model' | 'fallbackProvider' | 'fallbackModel',
    more: React.InputHTMLAttributes<HTMLInputElement> = {},
  ) => (
    <input
      {...more}
      value={wish[field]}
      maxLength={100}
      onChange={(event) => setWish({ ...wish, [field]: event.target.value })}
    />
  );
  const moved = wish.provider !== before.provider && agent.key.source === 'own';
  return (
    <Dialog title={`Change ${name}`} onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {save.error && <ErrorNote error={save.error} />}
        <div className="at-pair">
          <Field label="Provider" name="provider" error={save.error}>
            {text('provider', { list: 'at-providers', required: true })}
          </Field>
          <Field label="Model" name="model" error={save.error} help="Empty: the environment’s.">
            {text('model')}
          </Field>
        </div>
        {moved && (
          <p className="at-note at-warn">The stored key belongs to {before.provider} and is forgotten.</p>
        )}
        <div className="at-pair">
          <Field label="Fallback: provider" name="fallback" error={save.error} help="Both empty: none.">
            {text('fallbackProvider', { list: 'at-providers' })}
          </Field>
          <Field label="Fallback: model">{text('fallbackModel')}</Field>
        </div>
        <div className="at-pair">
          <Field label="Limit per day" name="dailyLimit" error={save.error} help="0 is no limit.">
            <input
              type="number"
              min={0}
              step={1}
              required
              value={wish.dailyLimit}
              onChange={(event) => setWish({ ...wish, dailyLimit: event.target.value })}
            />
          </Field>
          <Field label="Counted in" name="usageUnit" error={save.error}>
            <select
              value={wish.usageUnit}
              onChange={(event) => {
                const unit = (['runs', 'tokens', 'usd'] as const).find((one) => one === event.target.value);
                if (unit) setWish({ ...wish, usageUnit: unit });
              }}
            >
              {Object.entries(UNITS).map(([unit, label]) => (
                <option key={unit} value={unit}>
                  {label}
                </option>
              ))}
            </select>
          </Field>
        </div>
        <label className="at-check">
          <input
            type="checkbox"
            checked={wish.hardLimit}
            onChange={(event) => setWish({ ...wish, hardLimit: event.target.checked })}
          />
          Stop calls at the limit (else it only warns)
        </label>
        <details open={Object.keys(before.overrides).length > 0}>
          <summary>What it sets differently from the environment</summary>
          <div className="at-form">
            {OVERRIDES.map(([key, label]) => (
              <Field key={key} label={label} name={`envOverrides.${key}`} error={save.error}>
                <input
                  value={wish.overrides[key] ?? ''}
                  placeholder={key}
                  onChange={(event) =>
                    setWish({ ...wish, overrides: { ...wish.overrides, [key]: event.target.value } })
                  }
                />
              </Field>
            ))}
          </div>
        </details>
        <datalist id="at-providers">
          {['anthropic', 'openai', 'google-genai', 'ollama'].map((provider) => (
            <option key={provider} value={provider} />
          ))}
        </datalist>
        <div className="at-actions">
          <Button type="submit" look="primary" busy={save.busy}>
            Save
          </Button>
          <Button onClick={onClose}>Not now</Button>
        </div>
      </form>
    </Dialog>
  );
}
