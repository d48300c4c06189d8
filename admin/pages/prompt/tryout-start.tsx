import React, { useState } from 'react';
import type { RecordedInputView, TryoutView } from '../../../src/http/presenters/prompt-tryout.js';
import { call, useAction, useApi, type ListPage } from '../../components/api.js';
import { Ago, money } from '../../components/format.js';
import { ButtonLink, Card, ConfirmButton, Empty, Show } from '../../components/kit.js';
import { profilePath, versionName } from '../../components/prompt-state.js';
import type { Part } from './part.js';

/** The API's limit of one tryout. */
const MOST = 20;
const USUAL = 5;

type StartProps = Omit<Part, 'go'> & {
  /** Earlier tryouts of the profile: what their calls cost hints at what these will. */
  before: readonly TryoutView[];
  onStarted: (tryoutId: string) => void;
};

/** Chooses recorded inputs, says what it will cost, and starts a tryout. */
export function TryoutStart(props: StartProps): React.JSX.Element {
  const { profile, version } = props;
  const inputs = useApi<ListPage<RecordedInputView>>(`${profilePath(profile.profile)}/inputs`);
  return (
    <Card title={`Try version ${version.version} against ${versionName(profile, profile.activeVersionId)}`}>
      <Show of={inputs} what="Looking for recorded inputs">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="There is nothing to try it on yet">
              <p>
                It takes what this agent was asked in missions of yours. Run one up to where it has worked.
              </p>
              <ButtonLink to="/admin/pages/submit">New mission</ButtonLink>
            </Empty>
          ) : (
            <Chooser {...props} inputs={items} />
          )
        }
      </Show>
    </Card>
  );
}

function Chooser({
  profile,
  version,
  before,
  onStarted,
  inputs,
}: StartProps & { inputs: readonly RecordedInputView[] }): React.JSX.Element {
  const [way, setWay] = useState<'last' | 'picked'>('last');
  const most = Math.min(MOST, inputs.length);
  const [last, setLast] = useState(Math.min(USUAL, most));
  const [picked, setPicked] = useState<ReadonlySet<number>>(new Set());
  const wanted = way === 'last' ? last : picked.size;
  const start = useAction(async () => {
    const { id } = await call<TryoutView>('POST', `${profilePath(profile.profile)}/tryouts`, {
      draftVersionId: version.id,
      ...(way === 'last' ? { last } : { executionIds: [...picked] }),
    });
    onStarted(id);
  });
  const toggle = (id: number, on: boolean): void => {
    const next = new Set(picked);
    if (on) next.add(id);
    else next.delete(id);
    setPicked(next);
  };
  return (
    <div className="at-stack">
      <p className="at-soft">
        Both versions are asked the first question of each chosen execution. Missions are not touched.
      </p>
      <fieldset className="at-ways">
        <legend>On which inputs</legend>
        <label className="at-check">
          <input type="radio" name="way" checked={way === 'last'} onChange={() => setWay('last')} />
          The newest
          <input
            type="number"
            className="at-short"
            aria-label="How many of the newest inputs"
            min={1}
            max={most}
            value={last}
            onFocus={() => setWay('last')}
            onChange={(event) => setLast(Math.min(most, Math.max(1, Math.round(Number(event.target.value)))))}
          />
          of your {inputs.length === 50 ? 'newest 50' : inputs.length} recorded inputs
        </label>
        <label className="at-check">
          <input type="radio" name="way" checked={way === 'picked'} onChange={() => setWay('picked')} />
          Those I pick (at most {MOST})
        </label>
      </fieldset>
      {way === 'picked' && (
        <ul className="at-inputs" aria-label="Recorded inputs">
          {inputs.map((one) => (
            <li key={one.executionId}>
              <label className="at-check">
                <input
                  type="checkbox"
                  checked={picked.has(one.executionId)}
                  disabled={!picked.has(one.executionId) && picked.size >= MOST}
                  onChange={(event) => toggle(one.executionId, event.target.checked)}
                />
                <span>
                  <span className="at-one-line">{one.mission}</span>
                  <span className="at-soft">
                    {one.inputSummary ?? one.phase ?? 'execution'} {one.executionId}, round {one.iteration},{' '}
                    {versionName(profile, one.promptVersionId)}, <Ago at={one.startedAt} />
                  </span>
                </span>
              </label>
            </li>
          ))}
        </ul>
      )}
      <div className="at-row">
        <ConfirmButton
          look="primary"
          label={`Try out on ${wanted} ${wanted === 1 ? 'input' : 'inputs'}`}
          disabled={wanted === 0}
          confirm="Start it"
          action={start}
          question={
            <>
              <p>
                This makes <strong>{wanted * 2} model calls</strong>, {wanted} with each version, with the
                model that this agent is set to now.
              </p>
              <p>{costHint(before, wanted * 2)}</p>
              <p className="at-soft">
                The calls count in this agent’s limits. You can stop it while it runs.
              </p>
            </>
          }
        />
        <span className="at-soft">{wanted * 2} model calls</span>
      </div>
    </div>
  );
}

/** What so many calls will cost, by what those of earlier tryouts did. */
function costHint(before: readonly TryoutView[], calls: number): string {
  const sides = before.flatMap(({ totals }) => [totals.draft, totals.active]);
  const priced = sides.reduce((all, { done, unpricedCalls }) => all + done - unpricedCalls, 0);
  const cost = sides.reduce((all, { costUsd }) => all + costUsd, 0);
  if (priced === 0)
    return 'Nobody can say yet what that costs: it is the first tryout here. Begin with one input to find out.';
  return `About ${money((cost / priced) * calls)}, going by your earlier tryouts of this agent.`;
}
