import { ActiveSession } from './active-session.js';
import { AgentExecution } from './agent-execution.js';
import { AgentPerformance } from './agent-performance.js';
import { AgentSettings } from './agent-settings.js';
import { ApiToken } from './api-token.js';
import { Approval } from './approval.js';
import { ApprovalComment } from './approval-comment.js';
import { ApprovalPolicyRow } from './approval-policy-row.js';
import { ApprovalVote } from './approval-vote.js';
import { Artifact } from './artifact.js';
import { AuditInboxEntry } from './audit-inbox-entry.js';
import { AuditLogEntry } from './audit-log-entry.js';
import { Checkpoint } from './checkpoint.js';
import { Effect } from './effect.js';
import { IdempotencyKey } from './idempotency-key.js';
import { Message } from './message.js';
import { Metric } from './metric.js';
import { ModelCallEntry } from './model-call-entry.js';
import { NotificationPreference } from './notification-preference.js';
import { OutboxEntry } from './outbox-entry.js';
import { Project } from './project.js';
import { PromptActivation } from './prompt-activation.js';
import { PromptCanary } from './prompt-canary.js';
import { PromptTryoutRun } from './prompt-tryout-run.js';
import { PromptTryout } from './prompt-tryout.js';
import { PromptVersion } from './prompt-version.js';
import { SchemaVersion } from './schema-version.js';
import { Session } from './session.js';
import { SessionBudget } from './session-budget.js';
import { SessionEvent } from './session-event.js';
import { SessionMetrics } from './session-metrics.js';
import { SessionPrompt } from './session-prompt.js';
import { Setting } from './setting.js';
import { Source } from './source.js';
import { StudioSummary } from './studio-summary.js';
import { UsageDay } from './usage-day.js';
import { User } from './user.js';
import { Webhook } from './webhook.js';
import { WebhookDelivery } from './webhook-delivery.js';

/**
 * Every entity of the data source: the tables, then the views. Migrations make the schema (`synchronize` is off),
 * so indexes, checks and triggers live there; schema-map.test.ts compares these classes with the live catalog.
 */
export const ENTITIES = [
  User,
  ApiToken,
  Project,
  Session,
  IdempotencyKey,
  Message,
  Approval,
  ApprovalVote,
  ApprovalPolicyRow,
  ApprovalComment,
  Artifact,
  PromptVersion,
  PromptActivation,
  PromptCanary,
  PromptTryout,
  PromptTryoutRun,
  SessionPrompt,
  AgentExecution,
  AgentSettings,
  UsageDay,
  SessionBudget,
  ModelCallEntry,
  Setting,
  AuditInboxEntry,
  AuditLogEntry,
  Metric,
  OutboxEntry,
  NotificationPreference,
  Effect,
  Source,
  SessionEvent,
  Webhook,
  WebhookDelivery,
  ActiveSession,
  SessionMetrics,
  AgentPerformance,
  StudioSummary,
  SchemaVersion,
  Checkpoint,
];
