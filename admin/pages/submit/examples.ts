/** Missions to begin with. Recordings of these are bundled, so that they also work without a model's key. */
export const EXAMPLES: readonly { title: string; mission: string }[] = [
  {
    title: 'To-do list',
    mission:
      'Build a to-do list for the command line.\n\n' +
      'For one person, in one JSON file. Items have a title, an optional due date, a priority and tags. ' +
      'One can add, list, filter, finish and remove them. A broken file is refused with a reason, never repaired silently.',
  },
  {
    title: 'URL shortener',
    mission:
      'Build a URL shortener as an HTTP service with a small JSON API, custom aliases, expiry and click counts.',
  },
  {
    title: 'Rate limiter',
    mission:
      'Build a rate limiter library with token bucket and sliding window, an injected clock and an HTTP middleware.',
  },
  {
    title: 'Minesweeper',
    mission:
      'Build a terminal Minesweeper with seeded boards, flags, flood reveal, a text board and a script mode for tests.',
  },
  {
    title: 'Static site',
    mission:
      'Build a static site generator: Markdown posts with front matter, layouts, tags and an RSS feed.',
  },
  {
    title: 'Sales report',
    mission:
      'Build a tool that reads a CSV file of sales and writes a report as Markdown and HTML with tables and a chart.',
  },
];
