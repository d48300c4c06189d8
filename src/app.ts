import { hostname } from 'node:os';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { createModelCatalog } from './adapters/llm/catalog.js';
import { parseModelRef, type ModelCatalog } from './adapters/llm/port.js';
import { bundledHashes } from './adapters/llm/rehearsal/hashes.js';
import { createSmtpMailer } from './adapters/mail/smtp/smtp-mailer.js';
import { openSecretBox } from './adapters/secrets/key-file.js';
import type { JobQueue } from './adapters/queue/port.js';
import { createJobQueue } from './adapters/queue/select.js';
import { DependencyInstaller } from './adapters/sandbox/install/installer.js';
import { selectSandbox, type SelectedSandbox } from './adapters/sandbox/select.js';
import { createSourceReader } from './adapters/source/reader.js';
import { DiskStore } from './adapters/storage/disk/disk-store.js';
import type { ArtifactStore } from './adapters/storage/port.js';
import { createHttpSender } from './adapters/webhook/http/http-sender.js';
import type { Config } from './core/config.js';
import { createLogger, type Logger } from './core/logger.js';
import { Semaphore } from './core/semaphore.js';
import { createDataSource, poolOf } from './db/data-source.js';
import { startEmbeddedPostgres, type EmbeddedPostgres } from './db/embedded/server.js';
import { ENTITIES } from './db/entities/index.js';
import { migrate } from './db/migrate.js';
import { CheckpointReader } from './engine/checkpoint-reader.js';
import type { GraphKind } from './engine/graph-kind.js';
import { Reconciler } from './engine/reconciler.js';
import type { EngineParts } from './engine/run.js';
import { Runner } from './engine/runner.js';
import { SteeringService } from './engine/steering.js';
import { Worker } from './engine/worker.js';
import { graphKinds } from './graphs/index.js';
import { Workshop } from './graphs/studio/workshop.js';
import { historyOf } from './graphs/studio/history.js';
import { AccountService } from './services/accounts.js';
import { PeopleService } from './services/accounts-people.js';
import { AuditService } from './services/audit.js';
import { ObservationService } from './services/observation.js';
import { OverviewService } from './services/overview.js';
import { AgentModels } from './services/agent-models.js';
import { CommentService } from './services/approval-comments.js';
import { GateDeadlines } from './services/approval-deadlines.js';
import { InboxService } from './services/approval-inbox.js';
import { ReviewService } from './services/approval-review.js';
import { ApprovalService } from './services/approvals.js';
import { ArtifactService } from './services/artifacts.js';
import { BudgetService } from './services/budgets.js';
import { ComparisonService } from './services/comparisons.js';
import { Dispatcher } from './services/dispatcher.js';
import { EvaluationService } from './services/evaluation/evaluation.js';
import { EventHub } from './services/event-hub.js';
import { ActivityService } from './services/activity.js';
import { KeyService } from './services/keys.js';
import { ModelCallService } from './services/model-calls.js';
import { KindBook } from './services/kind-rules.js';
import { Notifier, type NotifierParts } from './services/notifications/notifier.js';
import { PreferenceService } from './services/notifications/preferences.js';
import { WebhookService } from './services/notifications/webhooks.js';
import { OperationsService } from './services/operations.js';
import { PolicyService } from './services/policies.js';
import { ProfileModels } from './services/profile-models.js';
import { ProfileService } from './services/profiles.js';
import { PromptService } from './services/prompts.js';
import { createPromptWork, type PromptWork } from './services/prompt-work/work.js';
import { ProjectExports } from './services/source/exports.js';
import { SourceService } from './services/source/source-service.js';
import { RetentionService } from './services/retention/retention.js';
import { SessionTransactions } from './services/session-transaction.js';
import { SessionService } from './services/sessions.js';
import { UsageService } from './services/usage.js';
import { SettingsService } from './services/settings.js';

/** Parts that a caller may bring along instead of those the configuration would choose. */
export interface AppOverrides {
  logger?: Logger;
  catalog?: ModelCatalog;
  /** Kinds beside the built-in ones. */
  kinds?: readonly GraphKind[];
  sandbox?: SelectedSandbox;
  store?: ArtifactStore;
  queue?: JobQueue;
}

/** Everything Atelier is made of in one process, wired. */
export interface App {
  config: Config;
  log: Logger;
  dataSource: DataSource;
  databaseUrl: string;
  /** Whether this process runs its own Postgres. */
  embedded: boolean;
  queue: JobQueue;
  hub: EventHub;
  catalog: ModelCatalog;
  sandbox: SelectedSandbox;
  kinds: KindBook<GraphKind>;
  transactions: SessionTransactions;
  sessions: SessionService;
  approvals: ApprovalService;
  /** Remarks on lines of what gates show. */
  comments: CommentService;
  /** Who may decide at which gate. */
  policies: PolicyService;
  inbox: InboxService;
  reviews: ReviewService;
  preferences: PreferenceService;
  webhooks: WebhookService;
  /** Sends mails and webhook deliveries; runs in workers. */
  notifier: Notifier;
  artifacts: ArtifactService;
  /** Existing code that missions start from. */
  sources: SourceService;
  /** What missions made, to take away. */
  exports: ProjectExports;
  activity: ActivityService;
  /** What models were asked and answered. */
  calls: ModelCallService;
  accounts: AccountService;
  people: PeopleService;
  audit: AuditService;
  overview: OverviewService;
  /** Measurements and the queue. */
  observation: ObservationService;
  prompts: PromptService;
  /** Drafts, activations, canaries, outcomes and tryouts of prompt versions. */
  promptWork: PromptWork;
  settings: SettingsService;
  operations: OperationsService;
  retention: RetentionService;
  models: AgentModels;
  keys: KeyService;
  profiles: ProfileService;
  usage: UsageService;
  budgets: BudgetService;
  /** Reruns and forks. */
  steering: SteeringService;
  comparisons: ComparisonService;
  evaluation: EvaluationService;
  runner: Runner;
  reconciler: Reconciler;
  /** Begins to take work in this process. */
  startWorker(): Promise<void>;
  /** Drains the worker, then lets go of everything; the embedded Postgres stops last. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Starts what the configuration asks for and wires it: database (embedded when none is given), migrations,
 * queue, models, sandbox, services, engine. The only composition root.
 * @throws ConfigError when the configuration or the machine cannot work as set
 */
export async function createApp(config: Config, overrides: AppOverrides = {}): Promise<App> {
  const log =
    overrides.logger ?? createLogger({ level: config.logLevel, pretty: config.env === 'development' });
  const undo: (() => Promise<unknown>)[] = [];
  const unwind = async (): Promise<void> => {
    for (const step of undo.splice(0).toReversed())
      await step().catch((error: unknown) => log.warn({ err: error }, 'while closing'));
  };
  try {
    const starting = [
      openDatabase(config, log).then(({ url, server }) => {
        if (server) undo.push(() => server.stop());
        return { url, server };
      }),
      overrides.sandbox ? Promise.resolve(overrides.sandbox) : chooseSandbox(config, log),
    ] as const;
    // Should one fail, the other is waited for: what it has started is to be stopped, and what it logs comes first.
    await Promise.allSettled(starting);
    const [embedded, sandbox] = await Promise.all(starting);
    const databaseUrl = embedded.url;
    const dataSource = createDataSource({
      url: databaseUrl,
      poolSize: config.dbPool,
      entities: ENTITIES,
      logger: log,
    });
    await dataSource.initialize();
    undo.push(() => dataSource.destroy());
    await migrate(dataSource, { logger: log });

    const queue = overrides.queue ?? createJobQueue({ redisUrl: config.redisUrl, databaseUrl, logger: log });
    undo.push(() => queue.close());
    const hub = new EventHub(dataSource, databaseUrl, log);
    undo.push(() => hub.close());
    const transactions = new SessionTransactions(dataSource, hub);
    const catalog = overrides.catalog ?? createModelCatalog(config);
    const store = overrides.store ?? new DiskStore(join(config.dataDir, 'artifacts'));
    const workshop = new Workshop(
      sandbox.sandbox,
      join(config.dataDir, 'scratch'),
      new Semaphore(Math.max(1, availableParallelism())),
      new DependencyInstaller(sandbox.sandbox, config.sandbox.registries),
    );
    const sources = new SourceService(
      dataSource,
      createSourceReader({ roots: config.source.roots, hosts: config.source.gitHosts }),
      store,
    );
    const kinds = new KindBook<GraphKind>([...graphKinds({ workshop, sources }), ...(overrides.kinds ?? [])]);
    const prompts = new PromptService(dataSource);
    await prompts.seed(kinds.all().flatMap(({ profiles }) => profiles));
    const settings = new SettingsService(dataSource);
    const dispatcher = new Dispatcher(queue, dataSource.manager, log);
    const workRoot = join(config.dataDir, 'work');
    const sessions = new SessionService(dataSource, transactions, kinds, prompts, dispatcher, workRoot);
    const steering = new SteeringService({
      transactions,
      sessions,
      settings,
      kinds,
      checkpoints: new CheckpointReader(poolOf(dataSource)),
      store,
      dispatcher,
      workRoot,
    });
    const comparisons = new ComparisonService(dataSource, sessions, store);
    const policies = new PolicyService(dataSource, kinds, settings);
    const comments = new CommentService(dataSource, sessions, store);
    const approvals = new ApprovalService({
      ...{ dataSource, transactions, sessions, kinds, store, dispatcher, policies, comments },
    });
    const inbox = new InboxService(dataSource, approvals, policies);
    const reviews = new ReviewService({ dataSource, kinds, approvals, comments, policies });
    const artifacts = new ArtifactService(dataSource, sessions, store);
    const exports = new ProjectExports(artifacts, sessions, store, (session) =>
      historyOf(session, dataSource, store),
    );
    const activity = new ActivityService(dataSource, sessions, kinds, transactions, dispatcher);
    const usage = new UsageService(dataSource, store, log);
    const budgets = new BudgetService(dataSource, transactions, sessions, settings, kinds, dispatcher);
    const box = await openSecretBox(config, embedded.server !== undefined, log);
    const keys = new KeyService(dataSource, box, log);
    const notifier = createNotifier(config, { dataSource, kinds, policies, box, log });
    const override = config.model === undefined ? undefined : parseModelRef(config.model);
    const profileModels = new ProfileModels(dataSource, catalog, override, keys);
    const profiles = new ProfileService(dataSource, profileModels, config);
    const models = new AgentModels({
      profiles: profileModels,
      catalog,
      usage,
      settings,
      log,
    });
    const parts: EngineParts = {
      dataSource,
      transactions,
      hub,
      store,
      models,
      catalog,
      prompts,
      settings,
      usage,
      budgets,
      policies,
    };
    const owner = `${hostname()}:${process.pid}`;
    const runner = new Runner(
      parts,
      poolOf(dataSource),
      kinds,
      { owner, leaseSeconds: config.worker.leaseSeconds },
      log,
    );
    const promptWork = createPromptWork({ dataSource, kinds, prompts, models, store, owner, log, settings });
    const deadlines = new GateDeadlines({ dataSource, transactions, policies, kinds, dispatcher, log });
    const reconciler = new Reconciler(
      dataSource,
      queue,
      dispatcher,
      deadlines,
      usage,
      promptWork.canaries,
      log,
    );
    const accounts = new AccountService(dataSource);
    const evaluation = new EvaluationService({
      ...{ dataSource, sessions, approvals, artifacts, activity, budgets, settings, policies },
      bench: workshop,
    });
    const retention = new RetentionService(dataSource, store, settings, log);
    let worker: Worker | undefined;
    return {
      config,
      log,
      dataSource,
      databaseUrl,
      embedded: embedded.server !== undefined,
      queue,
      hub,
      catalog,
      sandbox,
      kinds,
      transactions,
      sessions,
      approvals,
      comments,
      policies,
      inbox,
      reviews,
      preferences: new PreferenceService(dataSource),
      webhooks: new WebhookService(dataSource, box),
      notifier,
      artifacts,
      sources,
      exports,
      activity,
      calls: new ModelCallService(dataSource, sessions, store),
      accounts,
      people: new PeopleService(dataSource),
      audit: new AuditService(dataSource),
      overview: new OverviewService(dataSource),
      observation: new ObservationService(dataSource, queue),
      prompts,
      promptWork,
      settings,
      operations: new OperationsService(dataSource, queue),
      retention,
      models,
      keys,
      profiles,
      usage,
      budgets,
      steering,
      comparisons,
      evaluation,
      runner,
      reconciler,
      async startWorker() {
        if (worker) return;
        worker = new Worker(queue, runner, reconciler, notifier, config.worker.concurrency, log);
        await worker.start();
        const started = worker;
        undo.push(() => started.stop());
        retention.start();
        undo.push(() => retention.stop());
        promptWork.tryoutWorker.start();
        undo.push(() => promptWork.tryoutWorker.stop());
      },
      close: unwind,
    };
  } catch (error) {
    await unwind();
    throw error;
  }
}

function createNotifier(
  config: Config,
  parts: Pick<NotifierParts, 'dataSource' | 'kinds' | 'policies' | 'box' | 'log'>,
): Notifier {
  const { smtpUrl, mailFrom, publicUrl, allowPrivateWebhooks } = config.notifications;
  return new Notifier({
    ...parts,
    mailer: smtpUrl === undefined ? undefined : createSmtpMailer({ url: smtpUrl, from: mailFrom }),
    sender: createHttpSender({ allowPrivate: allowPrivateWebhooks }),
    publicUrl,
  });
}

async function openDatabase(
  config: Config,
  log: Logger,
): Promise<{ url: string; server?: EmbeddedPostgres }> {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl };
  const server = await startEmbeddedPostgres({
    dataDir: config.dataDir,
    pgvectorDir: config.pgvectorDir,
    logger: log,
  });
  return { url: server.url, server };
}

/**
 * The sandbox that the configuration asks for, proven to work.
 * @throws SandboxError when none can be used
 */
export async function chooseSandbox(config: Config, log: Logger): Promise<SelectedSandbox> {
  return selectSandbox({ ...config.sandbox, allowedHashes: await bundledHashes(), logger: log });
}
