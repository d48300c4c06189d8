import React, { useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { ArtifactView } from '../../../src/http/presenters/artifact.js';
import { ApiProblem, useAction, useList } from '../../components/api.js';
import { Button, Card, Empty, ErrorNote, Loading, More } from '../../components/kit.js';
import { Artifact } from './artifact.js';
import type { TabProps } from './kinds.js';
import { useFresh } from './live.js';

const GROUPS: readonly { title: string; types: readonly ArtifactView['type'][] }[] = [
  { title: 'Documents', types: ['prd', 'tech_spec', 'scaffold', 'bug_report', 'test_report'] },
  { title: 'Code', types: ['code'] },
  { title: 'Tests', types: ['test'] },
];

/** The documents and files of a session: the newest version of each, and all before it. */
export function Artifacts({ session, live }: TabProps): React.JSX.Element {
  const all = useList<ArtifactView>(`/sessions/${session.sessionId}/artifacts?limit=1000`);
  useFresh(all, live.version);
  const [params, setParams] = useSearchParams();
  const files = useMemo(() => byPath(all.items), [all.items]);
  const paths = [...files.keys()];
  const chosen = params.get('file') ?? paths.find((path) => path === 'docs/prd.md') ?? paths[0];
  const versions = chosen === undefined ? undefined : files.get(chosen);
  const choose = (path: string): void => {
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        next.set('file', path);
        return next;
      },
      { replace: true },
    );
    // On a phone the file is below the list.
    document.getElementById('at-artifact')?.scrollIntoView({ block: 'nearest' });
  };
  if (all.loading) return <Loading />;
  if (all.error && all.items.length === 0) return <ErrorNote error={all.error} retry={all.reload} />;
  if (paths.length === 0)
    return (
      <Card>
        <Empty title="No files yet">
          <p>The PRD is the first to appear here, then the tech spec, the code and the tests.</p>
        </Empty>
      </Card>
    );
  return (
    <div className="at-files">
      <Card title="Files" actions={<Exports sessionId={session.sessionId} />}>
        <nav aria-label="Files">
          {GROUPS.map(({ title, types }) => {
            const own = paths.filter((path) => types.includes(files.get(path)?.[0]?.type ?? 'code'));
            if (own.length === 0) return null;
            return (
              <section key={title}>
                <h3 className="at-files-group">{title}</h3>
                <ul>
                  {own.map((path) => (
                    <li key={path}>
                      <button
                        type="button"
                        className="at-file"
                        aria-current={path === chosen ? 'true' : undefined}
                        onClick={() => choose(path)}
                      >
                        {path}
                        {(files.get(path)?.length ?? 0) > 1 && (
                          <span className="at-soft"> v{files.get(path)?.[0]?.version}</span>
                        )}
                      </button>
                    </li>
                  ))}
                </ul>
              </section>
            );
          })}
        </nav>
        <More more={all.more} />
      </Card>
      {versions && chosen !== undefined ? (
        <Artifact key={chosen} versions={versions} />
      ) : (
        <Card>
          <Empty title={`There is no “${chosen}”`}>
            <p>Choose a file from the list.</p>
          </Empty>
        </Card>
      )}
    </div>
  );
}

/** The versions of each file, newest first; files by name. */
function byPath(artifacts: readonly ArtifactView[]): Map<string, ArtifactView[]> {
  const files = new Map<string, ArtifactView[]>();
  for (const artifact of artifacts) {
    const versions = files.get(artifact.path);
    if (versions) versions.push(artifact);
    else files.set(artifact.path, [artifact]);
  }
  return new Map(
    [...files]
      .map(([path, versions]): [string, ArtifactView[]] => [
        path,
        versions.toSorted((a, b) => b.version - a.version),
      ])
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
}

const FORMATS = [
  { format: 'zip', label: 'Zip' },
  { format: 'git', label: 'Git' },
  { format: 'patch', label: 'Patch' },
] as const;

/** The whole project as a file. It is asked for first: what cannot be given yet is said here, not on a blank page. */
function Exports({ sessionId }: { sessionId: string }): React.JSX.Element {
  const fetched = useAction(async (format: string) => {
    const response = await fetch(`/api/v1/sessions/${sessionId}/export?format=${format}`, {
      credentials: 'same-origin',
    });
    if (!response.ok) {
      const body = (await response.json().catch(() => ({}))) as { detail?: string; code?: string };
      throw new ApiProblem(
        response.status,
        body.code ?? 'failed',
        body.detail ?? 'The export did not work.',
        [],
        {},
      );
    }
    const name = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '')?.[1];
    save(await response.blob(), name ?? `export.${format}`);
  });
  return (
    <>
      <span className="at-row at-exports" role="group" aria-label="Download the whole project">
        <span className="at-soft">All as</span>
        {FORMATS.map(({ format, label }) => (
          <Button
            key={format}
            disabled={fetched.busy}
            aria-label={`${label}: download the whole project`}
            onClick={() => void fetched.run(format)}
          >
            {label}
          </Button>
        ))}
      </span>
      {fetched.error && <ErrorNote error={fetched.error} />}
    </>
  );
}

function save(content: Blob, name: string): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // Browsers have taken the content over by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
