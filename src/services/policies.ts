import { isDeepStrictEqual } from 'node:util';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { NotFoundError, ValidationError } from '../core/errors.js';
import { repositories } from '../db/repositories/index.js';
import {
  approvalPolicy,
  DEFAULT_POLICY,
  type ApprovalPolicy,
  type EffectivePolicy,
} from './approval-policy.js';
import type { KindBook } from './kind-rules.js';
import { checked, requireRole, type Caller } from './sessions.js';
import type { SettingsService } from './settings.js';
import { isAtLeast } from './visibility.js';

/** What may be set: what is left out goes back to its default. */
export const policyInput = approvalPolicy.partial();
export type PolicyInput = z.input<typeof policyInput>;

/** A gate of a kind, and what holds there. */
export interface GatePolicy {
  kind: string;
  gate: string;
  gateLabel: string;
  /** As set, with the defaults for what was not. */
  policy: ApprovalPolicy;
  /** With the settings filled in. */
  effective: EffectivePolicy;
  /** Whether an administrator has set anything. */
  isSet: boolean;
  updatedBy: string | null;
  updatedAt: Date | null;
}

/** Who may decide at which gate, how many of them, and what happens when nobody does. */
export class PolicyService {
  constructor(
    private readonly dataSource: DataSource,
    private readonly kinds: KindBook,
    private readonly settings: SettingsService,
  ) {}

  /** What holds at a gate now; any gate's name has at least the defaults. */
  async effective(kind: string, gate: string): Promise<EffectivePolicy> {
    const row = await repositories(this.dataSource.manager).policies.find(kind, gate);
    return this.fill(parse(row?.policy));
  }

  /** Every gate of every kind, and gates that have a policy although no kind has them now. */
  async list(): Promise<GatePolicy[]> {
    const rows = await repositories(this.dataSource.manager).policies.all();
    const names = new Map<string, [string, string]>();
    for (const rules of this.kinds.all())
      for (const gate of Object.keys(rules.gates)) names.set(`${rules.kind}/${gate}`, [rules.kind, gate]);
    for (const { kind, gate } of rows) names.set(`${kind}/${gate}`, [kind, gate]);
    return Promise.all(
      [...names.values()].map(async ([kind, gate]) => {
        const row = rows.find((one) => one.kind === kind && one.gate === gate);
        const policy = parse(row?.policy);
        return {
          kind,
          gate,
          gateLabel: this.labelOf(kind, gate),
          policy,
          effective: await this.fill(policy),
          isSet: !isDeepStrictEqual(policy, DEFAULT_POLICY),
          updatedBy: row?.updatedBy ?? null,
          updatedAt: row?.updatedAt ?? null,
        };
      }),
    );
  }

  /**
   * Sets the policy of a gate. Who may decide and how many holds at once, also for gates that wait already; times
   * hold for gates that open from then on.
   * @throws NotFoundError when no kind has such a gate
   * @throws ValidationError when nobody could decide, or a named person could not read what is to be decided
   */
  async put(caller: Caller, kind: string, gate: string, input: PolicyInput): Promise<GatePolicy> {
    requireRole(caller, 'admin');
    const known = this.kinds.all().find((rules) => rules.kind === kind)?.gates;
    if (!known || !Object.hasOwn(known, gate)) throw new NotFoundError('gate', `${kind}/${gate}`);
    const policy = { ...DEFAULT_POLICY, ...checked(policyInput, input) };
    await this.checkPeople(policy);
    await this.dataSource.transaction(async (manager) => {
      const { policies, audit } = repositories(manager);
      await policies.put(kind, gate, policy, caller.userId);
      await audit.append([
        {
          eventType: 'policy_changed',
          userId: caller.userId,
          userAction: `set policy of ${kind}/${gate}`,
          details: { kind, gate, policy },
          ipAddress: caller.ip ?? null,
        },
      ]);
    });
    const now = (await this.list()).find((one) => one.kind === kind && one.gate === gate);
    if (!now) throw new NotFoundError('gate', `${kind}/${gate}`);
    return now;
  }

  private async checkPeople(policy: ApprovalPolicy): Promise<void> {
    if (policy.roles.length === 0 && policy.users.length === 0)
      throw new ValidationError('Nobody could decide at this gate.', [
        { field: 'roles', message: 'name a role here, or people in "users"' },
      ]);
    const everybody = (await repositories(this.dataSource.manager).users.list()).filter(
      (user) => user.isActive,
    );
    const unfit = policy.users.filter(
      (id) => !everybody.some((user) => user.id === id && isAtLeast(user.role, 'approver')),
    );
    if (unfit.length > 0)
      throw new ValidationError('Not everybody named can decide.', [
        {
          field: 'users',
          message: `must be active approvers or administrators; these are not: ${unfit.join(', ')}`,
        },
      ]);
  }

  private async fill(policy: ApprovalPolicy): Promise<EffectivePolicy> {
    const { allowSelfApproval, gateTtlHours } = await this.settings.values();
    return {
      ...policy,
      allowSelfApproval: policy.allowSelfApproval ?? allowSelfApproval,
      timeoutHours: policy.timeoutHours ?? gateTtlHours,
    };
  }

  private labelOf(kind: string, gate: string): string {
    return this.kinds.all().find((rules) => rules.kind === kind)?.gates[gate]?.label ?? gate;
  }
}

/** A stored policy. What a later version no longer knows is left out rather than locking the gate. */
function parse(stored: Record<string, unknown> | undefined): ApprovalPolicy {
  const known: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(approvalPolicy.shape)) {
    const value = schema.safeParse(stored?.[name]);
    if (value.success) known[name] = value.data;
  }
  return { ...DEFAULT_POLICY, ...approvalPolicy.partial().parse(known) };
}
