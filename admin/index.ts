import { access } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express, { Router, type Handler, type Response } from 'express';
import type { App } from '../src/app.js';
import { prepareForAdminJs } from '../src/core/config.js';
import { errorHandler } from '../src/http/error-handler.js';
import { knownPagesOnly, pageHeaders, readOnly, signedInOnly, type PanelLocals } from './guard.js';
import { securePage } from './html.js';
import { loginRoutes } from './login.js';
import { PANEL_PAGES } from './pages.js';

/** Where the panel stands. */
export const PANEL_PATH = '/admin';

/** A handler for the HTTP server, and the path it stands below. */
export interface Mount {
  path: string;
  handler: Handler;
}

const parent = dirname(dirname(fileURLToPath(import.meta.url)));
/** What the build made for the browser (scripts/panel.mjs), whether this module runs compiled or as it was written. */
const ASSETS = basename(parent) === 'dist' ? join(parent, 'panel') : join(parent, 'dist', 'panel');

/**
 * The panel: AdminJS's shell with our pages in it, behind our own sign-in. It shows and asks; whatever it changes it
 * changes over the API, as the person who is signed in.
 * @throws Error when the build has not made its bundle
 */
export async function createPanel(app: App): Promise<Mount> {
  // Better noticed at the start than on a blank page.
  await access(join(ASSETS, 'components.bundle.js'));
  const adminRouter = await adminJsRouter();
  const router = Router();
  router.use(pageHeaders());
  // Code and looks hold no secret, and the login needs them.
  const assets = express.static(ASSETS, { index: false, setHeaders: revalidated });
  router.use('/assets', assets);
  // Where AdminJS's page looks for its own scripts, and for ours.
  router.use('/frontend/assets', assets);
  router.use(loginRoutes(app));
  router.use(signedInOnly(app), readOnly, knownPagesOnly);
  router.use((req, res, next) => {
    const { caller, nonce } = res.locals as PanelLocals;
    // AdminJS reads who is signed in from here, and passes it to the page: no more than the page needs.
    const { id, email, name, role, mustChangePassword } = caller.user;
    Object.assign(req, { session: { adminUser: { id, email, name, role, mustChangePassword } } });
    secureHtml(res, nonce);
    next();
  });
  router.use(adminRouter);
  router.use(errorHandler(app.log));
  return { path: PANEL_PATH, handler: router };
}

/** AdminJS looks at its environment while it is imported, so that is set first and the import comes late. */
async function adminJsRouter(): Promise<Router> {
  prepareForAdminJs();
  const { default: AdminJS } = await import('adminjs');
  const { default: AdminJSExpress } = await import('@adminjs/express');
  const admin = new AdminJS({
    rootPath: PANEL_PATH,
    loginPath: `${PANEL_PATH}/login`,
    logoutPath: `${PANEL_PATH}/logout`,
    dashboard: { component: 'home' },
    pages: Object.fromEntries(PANEL_PAGES.map(({ name }) => [name, { component: name }])),
    resources: [],
    branding: {
      companyName: 'Atelier',
      withMadeWithLove: false,
      logo: false,
      favicon: `${PANEL_PATH}/assets/favicon.svg`,
    },
    assets: { styles: [`${PANEL_PATH}/assets/panel.css`] },
    locale: { language: 'en', availableLanguages: ['en'], localeDetection: false },
    settings: { defaultPerPage: 25 },
  });
  return AdminJSExpress.buildRouter(admin);
}

/** Kept by the browser and asked for again each time: an upgrade is seen at once, and costs a 304 else. */
function revalidated(res: { setHeader(name: string, value: string): unknown }): void {
  res.setHeader('Cache-Control', 'no-cache');
}

/** Sees to it that a page of AdminJS leaves only as `securePage` makes it. */
function secureHtml(res: Response, nonce: string): void {
  const send = res.send.bind(res);
  res.send = (body?: unknown) =>
    send(
      typeof body === 'string' && body.trimStart().startsWith('<!DOCTYPE html')
        ? securePage(body, nonce)
        : body,
    );
}
