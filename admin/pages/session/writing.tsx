import React, { useEffect, useRef } from 'react';
import { count } from '../../components/format.js';
import { phaseLabel } from '../../components/kinds.js';
import { Card } from '../../components/kit.js';
import type { Live } from './live.js';

/** What the step at work is writing, as it comes. Screen readers are told that it writes, not each word. */
export function Writing({ live }: { live: Live }): React.JSX.Element | null {
  const ref = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  const { writing } = live;
  useEffect(() => {
    const box = ref.current;
    if (box && follows.current) box.scrollTop = box.scrollHeight;
  }, [writing?.text]);
  if (!writing) return null;
  return (
    <Card
      title={
        <span role="status">
          <span className="at-spinner" aria-hidden="true" /> {phaseLabel(writing.phase)} is writing
        </span>
      }
      actions={<span className="at-soft">{count(writing.characters)} characters</span>}
    >
      <pre
        ref={ref}
        className="at-pre at-writing"
        tabIndex={0}
        aria-label="What is being written"
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
          follows.current = scrollHeight - scrollTop - clientHeight < 40;
        }}
      >
        {readable(writing.text)}
      </pre>
    </Card>
  );
}

/** Answers come as JSON: line breaks and quotes in its texts are shown as what they stand for. */
function readable(text: string): string {
  return text.replace(/\\(n|t|"|\\)/g, (_, sign: string) => ({ n: '\n', t: '  ' })[sign] ?? sign);
}
