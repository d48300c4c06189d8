import React, { useState } from 'react';
import type { SettingView } from '../../src/http/presenters/setting.js';
import { call, useAction, useApi, type ListPage } from '../components/api.js';
import { Badge } from '../components/badge.js';
import { Ago } from '../components/format.js';
import {
  Button,
  Card,
  ConfirmButton,
  Dialog,
  Empty,
  ErrorNote,
  Field,
  Page,
  Show,
} from '../components/kit.js';

/** The parts of a setting's JSON Schema that make its input. */
interface Form {
  type?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  enum?: unknown[];
  anyOf?: Form[];
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** A value in words. */
function shown(value: unknown): string {
  if (value === null) return 'no limit';
  if (value === true) return 'yes';
  if (value === false) return 'no';
  if (typeof value === 'number') return value.toLocaleString();
  if (typeof value === 'object')
    return Object.keys(value).length === 0 ? 'none' : JSON.stringify(value, null, 1);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Everything that can be set for the whole installation. */
export default function Settings(): React.JSX.Element {
  const settings = useApi<ListPage<SettingView>>('/settings');
  const [text, setText] = useState('');
  const [changedOnly, setChangedOnly] = useState(false);
  return (
    <Page
      title="Settings"
      lead="For everybody and every mission, from the next step on. Every change stands in the audit log."
    >
      <div className="at-filters">
        <Field label="Search">
          <input type="search" value={text} onChange={(event) => setText(event.target.value)} />
        </Field>
        <label className="at-check">
          <input
            type="checkbox"
            checked={changedOnly}
            onChange={(event) => setChangedOnly(event.target.checked)}
          />
          Only what differs from the default
        </label>
      </div>
      <Card>
        <Show of={settings} what="Loading the settings">
          {({ items }) => {
            const words = text.trim().toLowerCase();
            const found = items.filter(
              (one) =>
                `${one.key} ${one.about}`.toLowerCase().includes(words) &&
                (!changedOnly || !same(one.value, one.default)),
            );
            return found.length === 0 ? (
              <Empty title="Nothing matches">
                {changedOnly ? 'Everything that matches stands at its default.' : 'Search for another word.'}
              </Empty>
            ) : (
              found.map((one) => <Setting key={one.key} setting={one} reload={settings.reload} />)
            );
          }}
        </Show>
      </Card>
    </Page>
  );
}

function Setting({ setting, reload }: { setting: SettingView; reload: () => void }): React.JSX.Element {
  const [changing, setChanging] = useState(false);
  const reset = useAction(async () => {
    await call('PUT', `/settings/${setting.key}`, { value: null });
    reload();
  });
  const { key, value, about, lastChange } = setting;
  const differs = !same(value, setting.default);
  return (
    <section className="at-setting" aria-label={key}>
      <div>
        <h3>
          <code>{key}</code> {differs && <Badge status="changed" tone="busy" />}
        </h3>
        <p>{about}</p>
        {lastChange && (
          <p className="at-hint">
            Changed <Ago at={lastChange.at} /> by {lastChange.byName ?? 'somebody who is gone'}
          </p>
        )}
      </div>
      <div>
        <div className="at-setting-value">{shown(value)}</div>
        <div className="at-hint">Default: {shown(setting.default)}</div>
      </div>
      <div className="at-actions">
        <Button onClick={() => setChanging(true)} aria-label={`Change ${key}`}>
          Change
        </Button>
        {differs && (
          <ConfirmButton
            label="Reset"
            action={reset}
            question={
              <>
                <code>{key}</code> goes back to its default: {shown(setting.default)}.
              </>
            }
          />
        )}
      </div>
      {changing && (
        <Change
          setting={setting}
          onClose={() => setChanging(false)}
          onChanged={() => {
            setChanging(false);
            reload();
          }}
        />
      )}
    </section>
  );
}

/** What a text of the form stands for. @throws Error with words for the person */
function valueOf(form: Form, text: string): unknown {
  if (form.type === 'integer' || form.type === 'number') return text.trim() === '' ? null : Number(text);
  if (form.type === 'boolean') return text === 'true';
  if (form.type !== 'object' && form.type !== 'array') return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error('This is not JSON. Look for a missing comma or quote.');
  }
}

function Change({
  setting,
  onClose,
  onChanged,
}: {
  setting: SettingView;
  onClose: () => void;
  onChanged: () => void;
}): React.JSX.Element {
  const whole = setting.form as Form;
  // A number or null: the number's form, and empty for null.
  const form = whole.anyOf?.find(({ type }) => type !== 'null') ?? whole;
  const { value } = setting;
  const isJson = form.type === 'object' || form.type === 'array';
  const [text, setText] = useState(
    value === null ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2),
  );
  const save = useAction(async () => {
    await call('PUT', `/settings/${setting.key}`, { value: valueOf(form, text) });
    onChanged();
  });
  const common = {
    value: text,
    onChange: (event: { target: { value: string } }) => setText(event.target.value),
  };
  const choices = form.type === 'boolean' ? ['true', 'false'] : form.enum?.map(String);
  const least = form.minimum ?? form.exclusiveMinimum;
  // Whole numbers of JavaScript bound every number that has no bound of its own.
  const bounds =
    least === undefined && form.maximum === undefined
      ? ''
      : `From ${least?.toLocaleString() ?? 'any'} to ${form.maximum?.toLocaleString() ?? 'any'}. `;
  const help = `${bounds}${whole.anyOf ? 'Empty is no limit. ' : ''}Default: ${shown(setting.default)}`;
  return (
    <Dialog title={`Change ${setting.key}`} onClose={onClose} wide={isJson}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {save.error && <ErrorNote error={save.error} />}
        <p>{setting.about}</p>
        <Field label="Value" name={setting.key} error={save.error} help={help}>
          {choices ? (
            <select {...common}>
              {choices.map((choice) => (
                <option key={choice} value={choice}>
                  {choice === 'true' ? 'yes' : choice === 'false' ? 'no' : choice}
                </option>
              ))}
            </select>
          ) : isJson ? (
            <textarea {...common} className="at-mono" rows={10} spellCheck={false} />
          ) : form.type === 'integer' || form.type === 'number' ? (
            <input
              {...common}
              type="number"
              step={form.type === 'integer' ? 1 : 'any'}
              min={form.minimum}
              max={form.maximum}
              required={!whole.anyOf}
            />
          ) : (
            <input {...common} />
          )}
        </Field>
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
