import React, { useState } from 'react';
import { Button, Dialog } from './kit.js';

/** A secret that is shown this one time: to be copied, then the dialog closes and it is gone. */
export function ShownOnce({
  title,
  secret,
  children,
  onClose,
}: {
  title: string;
  secret: string;
  /** What it is for, and what happens with it. */
  children: React.ReactNode;
  onClose: () => void;
}): React.JSX.Element {
  const [copied, setCopied] = useState<'no' | 'yes' | 'by hand'>('no');
  const copy = (): void => {
    // Without HTTPS the browser has no clipboard for us.
    if (!window.isSecureContext || !navigator.clipboard) {
      setCopied('by hand');
      return;
    }
    navigator.clipboard.writeText(secret).then(
      () => setCopied('yes'),
      () => setCopied('by hand'),
    );
  };
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="at-stack">
        <div>{children}</div>
        <code className="at-secret" data-testid="secret" tabIndex={0} aria-label="The secret">
          {secret}
        </code>
        <p className="at-note at-warn">It is not shown again. Copy it now.</p>
        <div className="at-actions">
          <Button look="primary" onClick={copy}>
            {copied === 'yes' ? 'Copied' : 'Copy'}
          </Button>
          <Button onClick={onClose}>I have it</Button>
          <span role="status" className="at-hint">
            {copied === 'by hand'
              ? 'Select the text and copy it: this browser does not let the page do it.'
              : ''}
          </span>
        </div>
      </div>
    </Dialog>
  );
}
