import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';
import type { App } from '../src/app.js';
import { UnauthorizedError } from '../src/core/errors.js';
import { USER_ROLES, type UserRole } from '../src/core/vocabulary.js';
import { authenticate } from '../src/http/auth.js';
import type { SignedIn } from '../src/http/route.js';
import { errorPage } from './error-page.js';
import { PANEL_PAGES } from './pages.js';

/** What the guard leaves on a response for those behind it. */
export interface PanelLocals {
  nonce: string;
  caller: SignedIn;
}

/** Headers of every page: scripts with this response's nonce or from here, nothing from any other host. */
export function pageHeaders(): RequestHandler {
  return (req, res, next) => {
    const nonce = randomBytes(16).toString('base64');
    res.locals['nonce'] = nonce;
    res.setHeader('Cache-Control', 'no-store');
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: ["'none'"],
          scriptSrc: ["'self'", `'nonce-${nonce}'`],
          // The component library writes its styles into the page while it runs.
          styleSrc: ["'self'", "'unsafe-inline'"],
          imgSrc: ["'self'", 'data:'],
          fontSrc: ["'self'"],
          connectSrc: ["'self'"],
          manifestSrc: ["'self'"],
          baseUri: ["'none'"],
          formAction: ["'self'"],
          frameAncestors: ["'none'"],
        },
      },
      // `no-referrer` would also take the Origin from the login form, and the guard would refuse it.
      referrerPolicy: { policy: 'same-origin' },
      xFrameOptions: { action: 'deny' },
      strictTransportSecurity: { includeSubDomains: false },
    })(req, res, next);
  };
}

/** Lets the signed-in through, as they are in the database now; sends others to the login, and back after it. */
export function signedInOnly(app: App): RequestHandler {
  return async (req, res, next) => {
    let caller: SignedIn;
    try {
      caller = await authenticate(app, req);
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      if (isPageView(req))
        res.redirect(303, `${req.baseUrl}/login?next=${encodeURIComponent(req.originalUrl)}`);
      else res.status(401).json({ code: error.code, title: error.message });
      return;
    }
    Object.assign(res.locals, { caller });
    next();
  };
}

/** Nothing below the panel's own pages changes anything: decisions go through the API. */
export const readOnly: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') {
    next();
    return;
  }
  res.setHeader('Allow', 'GET, HEAD');
  res.status(405).json({
    code: 'method_not_allowed',
    title: 'The panel only shows. Changes go through /api/v1: see /docs.',
  });
};

/**
 * Lets the pages of the list through to AdminJS, for those who may open them, and nothing else: what AdminJS has below
 * `/resources` and `/api` by itself is not there.
 */
export const knownPagesOnly: RequestHandler = (req, res, next) => {
  const name = req.path === '/' ? 'home' : /^\/pages\/([^/]+)\/?$/.exec(req.path)?.[1];
  const page = PANEL_PAGES.find((one) => one.name === name);
  const { caller } = res.locals as PanelLocals;
  if (page && hasRole(caller.role, page.role)) {
    next();
    return;
  }
  const [status, code, title, text] = page
    ? ([
        403,
        'forbidden',
        `“${page.title}” is not open to you`,
        `It needs the role “${page.role}”; yours is “${caller.role}”. An administrator can change that.`,
      ] as const)
    : ([404, 'no_such_page', 'There is no such page', 'The menu shows what there is.'] as const);
  if (isPageView(req)) res.status(status).send(errorPage(title, text, req.baseUrl));
  else res.status(status).json({ code, title, detail: text });
};

/** Whether `role` is `atLeast`, or higher. */
export function hasRole(role: UserRole, atLeast: UserRole): boolean {
  return USER_ROLES.indexOf(role) >= USER_ROLES.indexOf(atLeast);
}

/** A browser that opens a page, rather than a script that fetches something. */
function isPageView(req: Request): boolean {
  return req.method === 'GET' && !req.path.startsWith('/api/') && req.accepts(['html', 'json']) === 'html';
}
