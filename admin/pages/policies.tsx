import React, { useState } from 'react';
import type { ApprovalPolicy } from '../../src/services/approval-policy.js';
import type { UserView } from '../../src/http/presenters/user.js';
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
import { useRole } from '../components/session.js';

/** A gate's policy, as the API shows it. */
interface Policy {
  kind: string;
  gate: string;
  gateLabel: string;
  policy: ApprovalPolicy;
  effective: ApprovalPolicy;
  words: string[];
  isSet: boolean;
  updatedBy: string | null;
  updatedAt: string | null;
}

const TIMEOUTS: Readonly<Record<ApprovalPolicy['onTimeout'], string>> = {
  expire: 'the mission expires, and can be retried',
  reject: 'the mission is rejected',
  approve: 'it counts as approved',
  remind: 'people are reminded, and it goes on waiting',
};

const pathOf = ({ kind, gate }: Policy): string =>
  `/policies/${encodeURIComponent(kind)}/${encodeURIComponent(gate)}`;

/** Who may decide at which gate, how many of them, and what happens when nobody does. */
export default function Policies(): React.JSX.Element {
  const policies = useApi<ListPage<Policy>>('/policies');
  return (
    <Page
      title="Policies"
      lead="Who may decide at which gate, how many of them, and what happens when nobody does."
    >
      <Show of={policies} what="Loading the policies">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There are no gates">They come with the kinds of sessions that have some.</Empty>
          ) : (
            items.map((one) => <Gate key={`${one.kind}/${one.gate}`} gate={one} reload={policies.reload} />)
          )
        }
      </Show>
    </Page>
  );
}

function Gate({ gate, reload }: { gate: Policy; reload: () => void }): React.JSX.Element {
  const admin = useRole('admin');
  const [changing, setChanging] = useState(false);
  const reset = useAction(async () => {
    await call('PUT', pathOf(gate), {});
    reload();
  });
  return (
    <Card
      title={
        <>
          {gate.gateLabel}{' '}
          <code className="at-soft">
            {gate.kind}/{gate.gate}
          </code>{' '}
          {gate.isSet && <Badge status="set" tone="busy" />}
        </>
      }
      actions={
        admin && (
          <>
            <Button onClick={() => setChanging(true)} aria-label={`Change ${gate.gateLabel}`}>
              Change
            </Button>
            {gate.isSet && (
              <ConfirmButton
                label="Reset"
                action={reset}
                question="Everything goes back to its default, also for gates that wait already."
              />
            )}
          </>
        )
      }
    >
      <ul className="at-sentences">
        {gate.words.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {gate.updatedAt !== null && (
        <p className="at-hint">
          Changed <Ago at={gate.updatedAt} />
        </p>
      )}
      {changing && (
        <Change
          gate={gate}
          onClose={() => setChanging(false)}
          onChanged={() => {
            setChanging(false);
            reload();
          }}
        />
      )}
    </Card>
  );
}

function Change({
  gate,
  onClose,
  onChanged,
}: {
  gate: Policy;
  onClose: () => void;
  onChanged: () => void;
}): React.JSX.Element {
  const { policy, effective } = gate;
  const people = useApi<ListPage<UserView>>('/users?limit=500&active=true');
  const [wish, setWish] = useState({
    roles: policy.roles,
    users: policy.users,
    approvals: String(policy.approvals),
    self: policy.allowSelfApproval === null ? '' : String(policy.allowSelfApproval),
    timeoutHours: policy.timeoutHours === null ? '' : String(policy.timeoutHours),
    onTimeout: policy.onTimeout,
    remindAfterHours: policy.remindAfterHours === null ? '' : String(policy.remindAfterHours),
    allowBypass: policy.allowBypass,
  });
  const hours = (text: string): number | null => (text.trim() === '' ? null : Number(text));
  const save = useAction(async () => {
    await call('PUT', pathOf(gate), {
      roles: wish.roles,
      users: wish.users,
      approvals: Number(wish.approvals),
      allowSelfApproval: wish.self === '' ? null : wish.self === 'true',
      timeoutHours: hours(wish.timeoutHours),
      onTimeout: wish.onTimeout,
      remindAfterHours: hours(wish.remindAfterHours),
      allowBypass: wish.allowBypass,
    });
    onChanged();
  });
  const toggled = <T,>(all: readonly T[], one: T): T[] =>
    all.includes(one) ? all.filter((other) => other !== one) : [...all, one];
  const deciders = people.data?.items.filter(({ role }) => role === 'approver' || role === 'admin') ?? [];
  return (
    <Dialog title={`Change ${gate.gateLabel}`} onClose={onClose}>
      <form
        className="at-form"
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        {save.error && <ErrorNote error={save.error} />}
        <fieldset className="at-stack">
          <legend className="at-label">Who may decide</legend>
          {(['approver', 'admin'] as const).map((role) => (
            <label key={role} className="at-check">
              <input
                type="checkbox"
                checked={wish.roles.includes(role)}
                onChange={() => setWish({ ...wish, roles: toggled(wish.roles, role) })}
              />
              everybody with the role “{role}”
            </label>
          ))}
          <details open={wish.users.length > 0}>
            <summary>People by name{wish.users.length > 0 ? ` (${wish.users.length})` : ''}</summary>
            {people.error && <ErrorNote error={people.error} retry={people.reload} />}
            <div className="at-people">
              {deciders.map((user) => (
                <label key={user.id} className="at-check">
                  <input
                    type="checkbox"
                    checked={wish.users.includes(user.id)}
                    onChange={() => setWish({ ...wish, users: toggled(wish.users, user.id) })}
                  />
                  {user.name} ({user.email})
                </label>
              ))}
            </div>
          </details>
        </fieldset>
        <div className="at-pair">
          <Field
            label="Approvals needed"
            name="approvals"
            error={save.error}
            help="Of different people. One rejection decides at once."
          >
            <input
              type="number"
              min={1}
              max={20}
              required
              value={wish.approvals}
              onChange={(event) => setWish({ ...wish, approvals: event.target.value })}
            />
          </Field>
          <Field label="The owner of the mission" name="allowSelfApproval" error={save.error}>
            <select value={wish.self} onChange={(event) => setWish({ ...wish, self: event.target.value })}>
              <option value="">
                as the setting says ({effective.allowSelfApproval ? 'may decide' : 'may not decide'})
              </option>
              <option value="true">may decide</option>
              <option value="false">may not decide</option>
            </select>
          </Field>
        </div>
        <div className="at-pair">
          <Field
            label="Waits for, in hours"
            name="timeoutHours"
            error={save.error}
            help={`Empty: as the setting says (${effective.timeoutHours ?? '–'}).`}
          >
            <input
              type="number"
              min={0.0001}
              max={8760}
              step="any"
              value={wish.timeoutHours}
              onChange={(event) => setWish({ ...wish, timeoutHours: event.target.value })}
            />
          </Field>
          <Field label="After that" name="onTimeout" error={save.error}>
            <select
              value={wish.onTimeout}
              onChange={(event) =>
                setWish({ ...wish, onTimeout: event.target.value as ApprovalPolicy['onTimeout'] })
              }
            >
              {Object.entries(TIMEOUTS).map(([action, label]) => (
                <option key={action} value={action}>
                  {label}
                </option>
              ))}
            </select>
          </Field>
        </div>
        {wish.onTimeout === 'approve' && (
          <p className="at-note at-warn">
            Then missions go on that nobody has looked at. Most teams do not want this.
          </p>
        )}
        <Field label="Remind after, in hours" name="remindAfterHours" error={save.error} help="Empty: never.">
          <input
            type="number"
            min={0.0001}
            max={8760}
            step="any"
            value={wish.remindAfterHours}
            onChange={(event) => setWish({ ...wish, remindAfterHours: event.target.value })}
          />
        </Field>
        <label className="at-check">
          <input
            type="checkbox"
            checked={wish.allowBypass}
            onChange={(event) => setWish({ ...wish, allowBypass: event.target.checked })}
          />
          An administrator may decide past these rules, with a reason
        </label>
        <p className="at-hint">
          Who may decide and how many holds at once, also at gates that wait; the times hold for gates that
          open from now on.
        </p>
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
