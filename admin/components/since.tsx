import React, { useEffect, useState } from 'react';
import { duration } from './format.js';

/** How long something has lasted, counting on while the page is open. */
export function Since({ at }: { at: string }): React.JSX.Element {
  const [now, setNow] = useState(() => Date.now());
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  // Seconds are of interest for as long as they are shown.
  const every = seconds < 3600 ? 1000 : 20_000;
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return (
    <time dateTime={at} title={`since ${new Date(at).toLocaleString()}`}>
      {duration(Math.floor(seconds))}
    </time>
  );
}
