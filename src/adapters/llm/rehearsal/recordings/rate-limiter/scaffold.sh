#!/bin/sh
# Lays out the empty project: folders, package.json, README.md and .gitignore. Safe to run again.
set -eu

mkdir -p src test

cat > package.json <<'JSON'
{
  "name": "rate-limiter",
  "version": "0.1.0",
  "description": "Token bucket and sliding window rate limiting with an injected clock",
  "private": true,
  "type": "module",
  "exports": "./src/index.js",
  "engines": { "node": ">=20.19" },
  "scripts": { "test": "node --test" }
}
JSON

cat > README.md <<'MD'
# rate-limiter

Two in-memory rate limiters behind one interface, and a middleware for Express and `node:http`. No dependencies.

```js
import { TokenBucket, rateLimit } from 'rate-limiter';

// Bursts of up to 20 calls, then 5 a second.
const limiter = new TokenBucket({ capacity: 20, refillTokens: 5, refillIntervalMs: 1000 });

const result = limiter.take('customer-42');
if (!result.allowed) console.log(`try again in ${result.retryAfterMs} ms`);

app.use(rateLimit({ limiter, keyOf: (req) => req.get('x-api-key') ?? req.ip }));
```

- `TokenBucket` allows bursts and then a steady rate.
- `SlidingWindow` never allows more than `limit` calls in any stretch of `windowMs`.

Both keep at most `maxKeys` keys (10,000 by default) and take a `clock`, so that your tests need no sleeping:
`createManualClock()` gives one that moves when you say so.

Run the tests with `npm test`.
MD

cat > .gitignore <<'IGNORE'
node_modules/
coverage/
IGNORE
