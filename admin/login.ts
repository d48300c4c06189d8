import express, { Router, type Request, type Response } from 'express';
import type { App } from '../src/app.js';
import { AppError } from '../src/core/errors.js';
import { requireSameOrigin } from '../src/http/same-origin.js';
import { cookieToken, sessionCookie } from '../src/http/session-cookie.js';
import { LOGIN_DAYS } from '../src/services/accounts.js';
import { standalonePage } from './error-page.js';
import { escapeHtml } from './html.js';

/**
 * Signing in and out by a form, without any script. The cookie's token is new at each login; the one that the
 * browser brought along ends.
 */
export function loginRoutes(app: App): Router {
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: 10_000, parameterLimit: 10 });
  const secure = () => app.config.notifications.publicUrl.startsWith('https:');

  router.get('/login', (req, res) => {
    const { next } = req.query;
    res.send(loginPage(req, { next: typeof next === 'string' ? next : '' }));
  });
  router.post('/login', form, async (req: Request, res: Response) => {
    requireSameOrigin(req);
    const field = (name: string): string => {
      const fields = req.body as Record<string, unknown> | undefined;
      const value = fields?.[name];
      return typeof value === 'string' ? value : '';
    };
    const next = field('next');
    try {
      const email = field('email').trim();
      const { token } = await app.accounts.login({ email, password: field('password') }, req.ip);
      const old = cookieToken(req);
      if (old !== undefined) await app.accounts.logout(old);
      res.setHeader('Set-Cookie', sessionCookie(token, { secure: secure(), days: LOGIN_DAYS }));
      res.redirect(303, safeNext(next, req.baseUrl));
    } catch (error) {
      if (!(error instanceof AppError) || error.httpStatus >= 500) throw error;
      const retry = error.details['retryAfterSeconds'];
      if (typeof retry === 'number') res.setHeader('Retry-After', retry);
      res
        .status(error.httpStatus)
        .send(loginPage(req, { next, email: field('email'), problem: error.message }));
    }
  });
  router.post('/logout', async (req, res) => {
    requireSameOrigin(req);
    const token = cookieToken(req);
    if (token !== undefined) await app.accounts.logout(token);
    res.setHeader('Set-Cookie', sessionCookie(null, { secure: secure(), days: 0 }));
    res.redirect(303, `${req.baseUrl}/login`);
  });
  // AdminJS's own menu leads here by a link; leaving takes a click, since a GET changes nothing.
  router.get('/logout', (req, res) => {
    res.send(
      standalonePage(
        'Sign out',
        `<h1>Sign out?</h1><form method="post" action="${req.baseUrl}/logout"><button class="at-button at-primary">Sign out</button> <a class="at-button" href="${req.baseUrl}">Stay</a></form>`,
        req.baseUrl,
      ),
    );
  });
  return router;
}

function loginPage(req: Request, { next = '', email = '', problem = '' }): string {
  const base = req.baseUrl;
  return standalonePage(
    'Sign in',
    `<h1>Sign in</h1>
${problem === '' ? '' : `<p class="at-note at-bad" role="alert">${escapeHtml(problem)}</p>`}
<form method="post" action="${base}/login" class="at-form">
<input type="hidden" name="next" value="${escapeHtml(next)}">
<label>E-mail address<input name="email" type="text" inputmode="email" autocomplete="username" required autofocus value="${escapeHtml(email)}"></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button class="at-button at-primary">Sign in</button>
</form>
<details class="at-help"><summary>Where do I get a login?</summary>
<p>The first start prints one for the administrator, once. People after that are added under System › Users.</p></details>`,
    base,
  );
}

/** Where to go after the login: a page of the panel, whatever a link may have asked for. */
function safeNext(next: string, base: string): string {
  return /^\/admin(?:[/?][\x21-\x7e]*)?$/.test(next) && !next.includes('\\') && !next.startsWith('/admin//')
    ? next
    : base;
}
