import type { HttpMetrics } from '../metrics.js';
import type { Route } from '../route.js';
import { activityRoutes } from './activity.js';
import { agentSettingRoutes } from './agent-settings.js';
import { approvalRoutes } from './approvals.js';
import { reviewRoutes } from './approvals-review.js';
import { artifactRoutes } from './artifacts.js';
import { auditRoutes } from './audit.js';
import { budgetRoutes } from './budgets.js';
import { callRoutes } from './calls.js';
import { eventRoutes } from './events.js';
import { loginRoutes } from './login.js';
import { notificationRoutes } from './notifications.js';
import { promptCanaryRoutes } from './prompts-canaries.js';
import { promptTryoutRoutes } from './prompts-tryouts.js';
import { overviewRoutes } from './overview.js';
import { promptRoutes } from './prompts.js';
import { retentionRoutes } from './retention.js';
import { sessionRoutes } from './sessions.js';
import { settingRoutes } from './settings.js';
import { sourceRoutes } from './sources.js';
import { steeringRoutes } from './steering.js';
import { systemRoutes } from './system.js';
import { tokenRoutes } from './tokens.js';
import { userRoutes } from './users.js';

/** The one list of routes: the router, the OpenAPI document, the page and the tests are made from it. */
export function routeTable(parts: { metrics: HttpMetrics; heartbeatMs: number }): readonly Route[] {
  const all: Route[] = [
    ...loginRoutes,
    ...overviewRoutes,
    ...sourceRoutes,
    ...sessionRoutes,
    ...budgetRoutes,
    ...steeringRoutes,
    ...activityRoutes,
    ...callRoutes,
    ...eventRoutes(parts.heartbeatMs),
    ...artifactRoutes,
    ...approvalRoutes,
    ...reviewRoutes,
    ...notificationRoutes,
    ...promptRoutes,
    ...promptCanaryRoutes,
    ...promptTryoutRoutes,
    ...tokenRoutes,
    ...userRoutes,
    ...auditRoutes,
    // Before the settings: "agents" is no setting's name.
    ...agentSettingRoutes,
    ...settingRoutes,
    ...retentionRoutes,
    ...systemRoutes(parts.metrics, () => all),
  ];
  return all;
}
