import type { EntityManager } from 'typeorm';
import { ApprovalRepository } from './approval-repository.js';
import { ApprovalCommentRepository } from './approval-comment-repository.js';
import { ArtifactRepository } from './artifact-repository.js';
import { AuditRepository } from './audit-repository.js';
import { CanaryRepository } from './canary-repository.js';
import { EventRepository } from './event-repository.js';
import { GateRepository } from './gate-repository.js';
import { IdempotencyRepository } from './idempotency-repository.js';
import { JournalRepository } from './journal-repository.js';
import { MessageRepository } from './message-repository.js';
import { MetricRepository } from './metric-repository.js';
import { OutboxRepository } from './outbox-repository.js';
import { PolicyRepository } from './policy-repository.js';
import { OutcomeRepository } from './outcome-repository.js';
import { PromptRepository } from './prompt-repository.js';
import { RetentionRepository } from './retention-repository.js';
import { RunRepository } from './run-repository.js';
import { SecretRepository } from './secret-repository.js';
import { SessionRepository } from './session-repository.js';
import { SettingsRepository } from './settings-repository.js';
import { SourceRepository } from './source-repository.js';
import { StepRepository } from './step-repository.js';
import { TryoutRepository } from './tryout-repository.js';
import { UsageRepository } from './usage-repository.js';
import { UserRepository } from './user-repository.js';
import { WebhookRepository } from './webhook-repository.js';

/** One repository per aggregate, all on one connection or transaction. */
export interface Repositories {
  sessions: SessionRepository;
  runs: RunRepository;
  steps: StepRepository;
  approvals: ApprovalRepository;
  artifacts: ArtifactRepository;
  events: EventRepository;
  journal: JournalRepository;
  audit: AuditRepository;
  prompts: PromptRepository;
  canaries: CanaryRepository;
  outcomes: OutcomeRepository;
  tryouts: TryoutRepository;
  users: UserRepository;
  settings: SettingsRepository;
  messages: MessageRepository;
  metrics: MetricRepository;
  idempotency: IdempotencyRepository;
  sources: SourceRepository;
  usage: UsageRepository;
  secrets: SecretRepository;
  retention: RetentionRepository;
  policies: PolicyRepository;
  comments: ApprovalCommentRepository;
  gates: GateRepository;
  outbox: OutboxRepository;
  webhooks: WebhookRepository;
}

/** The repositories over `db`: a data source's manager, or a transaction's. Cheap: make them where needed. */
export function repositories(db: EntityManager): Repositories {
  return {
    sessions: new SessionRepository(db),
    runs: new RunRepository(db),
    steps: new StepRepository(db),
    approvals: new ApprovalRepository(db),
    artifacts: new ArtifactRepository(db),
    events: new EventRepository(db),
    journal: new JournalRepository(db),
    audit: new AuditRepository(db),
    prompts: new PromptRepository(db),
    canaries: new CanaryRepository(db),
    outcomes: new OutcomeRepository(db),
    tryouts: new TryoutRepository(db),
    users: new UserRepository(db),
    settings: new SettingsRepository(db),
    messages: new MessageRepository(db),
    metrics: new MetricRepository(db),
    idempotency: new IdempotencyRepository(db),
    sources: new SourceRepository(db),
    usage: new UsageRepository(db),
    secrets: new SecretRepository(db),
    retention: new RetentionRepository(db),
    policies: new PolicyRepository(db),
    comments: new ApprovalCommentRepository(db),
    gates: new GateRepository(db),
    outbox: new OutboxRepository(db),
    webhooks: new WebhookRepository(db),
  };
}
