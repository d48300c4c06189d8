/**
 * The nouns that have a fixed list of values. Types, zod schemas, the OpenAPI document and the panel derive
 * from these lists; a test compares them with the CHECK constraints in the live catalog.
 */

export const SESSION_KINDS = ['studio', 'architect', 'prd', 'conversation', 'advisor'] as const;
export type SessionKind = (typeof SESSION_KINDS)[number];

/** The statuses of each kind. The database checks the (kind, status) pair. */
export const SESSION_STATUSES = {
  studio: [
    'pending',
    'running',
    'awaiting_approval',
    'completed',
    'failed',
    'expired',
    'rejected',
    'cancelled',
    'needs_attention',
  ],
  architect: ['active', 'paused', 'complete', 'abandoned'],
  prd: ['active', 'completed', 'archived'],
  conversation: ['active', 'completed', 'expired'],
  advisor: [
    'pending_user_input',
    'previewing_screenshot',
    'uploading',
    'analysis_in_progress',
    'verifying_ocr',
    'complete',
    'error',
  ],
} as const satisfies Record<SessionKind, readonly string[]>;
export type SessionStatus = (typeof SESSION_STATUSES)[SessionKind][number];

export const STUDIO_PHASES = ['pm', 'arch', 'human_gate', 'eng', 'qa', 'complete'] as const;
export type StudioPhase = (typeof STUDIO_PHASES)[number];

/** Where a mission can stop for a person, as its submitter chooses; in the order in which it comes there. */
export const MISSION_GATES = ['after_prd', 'after_spec', 'before_delivery'] as const;
export type MissionGate = (typeof MISSION_GATES)[number];

export const USER_ROLES = ['viewer', 'submitter', 'approver', 'admin'] as const;
export type UserRole = (typeof USER_ROLES)[number];

export const MESSAGE_ROLES = ['user', 'assistant', 'system', 'contact'] as const;
export type MessageRole = (typeof MESSAGE_ROLES)[number];

export const MESSAGE_MODES = ['text', 'voice', 'screenshot'] as const;
export type MessageMode = (typeof MESSAGE_MODES)[number];

export const SENTIMENTS = ['positive', 'negative', 'neutral'] as const;
export type Sentiment = (typeof SENTIMENTS)[number];

export const APPROVAL_STATUSES = [
  'pending',
  'approved',
  'changes_requested',
  'rejected',
  'expired',
  'superseded',
] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

/** What a person may answer at a gate. */
export const DECISIONS = ['approve', 'request_changes', 'reject'] as const;
export type Decision = (typeof DECISIONS)[number];

export const ARTIFACT_TYPES = [
  'prd',
  'tech_spec',
  'scaffold',
  'bug_report',
  'code',
  'test',
  'test_report',
  'stuck_report',
  'delivery',
] as const;
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

export const EXECUTION_STATUSES = ['running', 'completed', 'failed', 'interrupted'] as const;
export type ExecutionStatus = (typeof EXECUTION_STATUSES)[number];

export const USAGE_UNITS = ['runs', 'tokens', 'usd'] as const;
export type UsageUnit = (typeof USAGE_UNITS)[number];

/**
 * Where a model call's reservation stands: `settled` with what was used, `released` as nothing was, `presumed` to
 * have used its ceiling, as nobody knows.
 */
export const MODEL_CALL_STATUSES = ['reserved', 'settled', 'released', 'presumed'] as const;
export type ModelCallStatus = (typeof MODEL_CALL_STATUSES)[number];

/** How far a prompt version has come. Whether it is the active one is a column of its own. */
export const PROMPT_STATUSES = ['draft', 'proposed', 'approved'] as const;
export type PromptStatus = (typeof PROMPT_STATUSES)[number];

/** How a prompt version became the active one. */
export const ACTIVATION_REASONS = ['seeded', 'activated', 'rolled_back', 'promoted'] as const;
export type ActivationReason = (typeof ACTIVATION_REASONS)[number];

/** `stopped`: by itself, as it did worse or what it was compared with changed. */
export const CANARY_STATUSES = ['running', 'promoted', 'dropped', 'stopped'] as const;
export type CanaryStatus = (typeof CANARY_STATUSES)[number];

export const TRYOUT_STATUSES = ['running', 'completed', 'cancelled'] as const;
export type TryoutStatus = (typeof TRYOUT_STATUSES)[number];

export const TRYOUT_SIDES = ['draft', 'active'] as const;
export type TryoutSide = (typeof TRYOUT_SIDES)[number];

export const TRYOUT_RUN_STATUSES = ['pending', 'running', 'completed', 'failed', 'cancelled'] as const;
export type TryoutRunStatus = (typeof TRYOUT_RUN_STATUSES)[number];

export const WEBHOOK_DELIVERY_STATUSES = ['pending', 'delivered', 'failed'] as const;
export type WebhookDeliveryStatus = (typeof WEBHOOK_DELIVERY_STATUSES)[number];

/** How a webhook is spoken to: our own signed JSON, or the `{text}` that chat systems take. */
export const WEBHOOK_KINDS = ['generic', 'chat'] as const;
export type WebhookKind = (typeof WEBHOOK_KINDS)[number];

/** What people are told of by e-mail and webhook. */
export const NOTIFICATION_EVENTS = [
  'approval_needed',
  'reminder',
  'failed',
  'needs_attention',
  'budget_reached',
] as const;
export type NotificationEvent = (typeof NOTIFICATION_EVENTS)[number];

/** What happens to a gate that nobody decided in time. */
export const TIMEOUT_ACTIONS = ['expire', 'reject', 'approve', 'remind'] as const;
export type TimeoutAction = (typeof TIMEOUT_ACTIONS)[number];

/** Document 003's events, then ours. The column is free text; the code writes only these. */
export const AUDIT_EVENTS = [
  'session_created',
  'session_approved',
  'session_rejected',
  'session_completed',
  'session_failed',
  'agent_started',
  'agent_completed',
  'settings_changed',
  'prompt_updated',
  'prompt_drafted',
  'prompt_proposed',
  'prompt_approved',
  'prompt_activated',
  'prompt_rolled_back',
  'canary_started',
  'canary_stopped',
  'canary_promoted',
  'canary_dropped',
  'tryout_started',
  'tryout_cancelled',
  'approval_requested',
  'session_changes_requested',
  'session_cancelled',
  'session_expired',
  'session_needs_attention',
  'session_retried',
  'session_rerun',
  'session_forked',
  'session_updated',
  'session_deleted',
  'artifact_edited',
  'user_created',
  'user_updated',
  'password_changed',
  'audit_exported',
  'delivery_retried',
  'token_created',
  'token_revoked',
  'login_succeeded',
  'login_failed',
  'import_completed',
  'key_changed',
  'keys_rotated',
  'limit_warned',
  'budget_extended',
  'tests_refused',
  'test_rewritten',
  'strategy_changed',
  'approval_voted',
  'approval_bypassed',
  'approval_timed_out',
  'approval_reminded',
  'policy_changed',
  'webhook_changed',
] as const;
export type AuditEvent = (typeof AUDIT_EVENTS)[number];

/** The events of a session's stream. `token` is live only; the others can be replayed. */
export const STREAM_EVENTS = [
  'phase',
  'execution',
  'message',
  'token',
  'artifact',
  'approval',
  'status',
  'error',
  'warning',
] as const;
export type StreamEvent = (typeof STREAM_EVENTS)[number];
