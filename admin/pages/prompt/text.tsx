import React, { useState } from 'react';
import type { PromptVersionView, PromptView } from '../../../src/http/presenters/prompt.js';
import { useApi } from '../../components/api.js';
import { Card, Facts, Show, Tabs } from '../../components/kit.js';
import { Code, Markdown } from '../../components/markdown.js';
import { bodyOf } from './check.js';

/** A version's text, as it is read and as it was written; its variables, and the model it was written for. */
export function PromptText({ version }: { version: PromptVersionView }): React.JSX.Element {
  const [view, setView] = useState<'rendered' | 'source'>('rendered');
  const prompt = useApi<PromptView>(`/prompts/${version.id}`);
  const { variables, modelSettings: model } = version;
  const named = (provider?: string | null, name?: string | null): string =>
    [provider, name].filter(Boolean).join(' · ') || 'not set';
  return (
    <>
      <Card title="Variables and model">
        <Facts
          of={[
            [
              'Variables',
              variables.length === 0 ? (
                'none'
              ) : (
                <span className="at-row">
                  {variables.map((name) => (
                    <code key={name}>{`{{${name}}}`}</code>
                  ))}
                </span>
              ),
            ],
            ...(Object.keys(model).length === 0
              ? [['Model settings when it was written', 'not recorded'] as const]
              : [
                  ['Model when it was written', named(model.provider, model.model)] as const,
                  ['Fallback', named(model.fallbackProvider, model.fallbackModel)] as const,
                  [
                    'Longest answer',
                    model.maxOutputTokens ? `${model.maxOutputTokens} tokens` : 'not set',
                  ] as const,
                  ['Time limit', model.timeoutMs ? `${model.timeoutMs / 1000} s` : 'not set'] as const,
                ]),
          ]}
        />
      </Card>
      <Card>
        <Tabs
          label="How the text is shown"
          tabs={[
            { key: 'rendered', label: 'Rendered' },
            { key: 'source', label: 'Source' },
          ]}
          value={view}
          onChange={setView}
        />
        <Show of={prompt} what="Loading the text">
          {({ content }) =>
            view === 'rendered' ? (
              <Markdown text={bodyOf(content)} />
            ) : (
              <Code text={content} path={`${version.profile}.md`} />
            )
          }
        </Show>
      </Card>
    </>
  );
}
