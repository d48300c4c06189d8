import type { Command } from 'commander';
import type { InboxItemView } from '../../http/presenters/review.js';
import { addCommand, type Run } from '../command-line.js';
import { ago, oneLine } from '../text.js';

/** `inbox`: gates that wait for a decision, oldest first. */
export function addInbox(program: Command, run: Run): void {
  addCommand(program, 'inbox', {
    about: 'List what waits for a decision, the oldest first.',
    more: 'Decide with approve, request-changes or reject and the session.',
    examples: ['inbox', 'inbox --team'],
  })
    .option('--team', "the whole team's, for approvers and administrators")
    .action(({ team, ...options }: { json?: boolean; team?: boolean }) =>
      run(options, async ({ connect, output }) => {
        const { client } = await connect();
        const scope = team === true ? 'team' : 'mine';
        const all = await client.list<InboxItemView>('/approvals', { scope });
        output.result(all, () =>
          output.table(
            ['SESSION', 'GATE', 'WAITS SINCE', 'VOTES', 'OWNER', 'YOURS TO DECIDE', 'MISSION'],
            all.map((item) => [
              ...[item.sessionId, oneLine(item.gateLabel), ago(item.createdAt)],
              ...[`${item.votes.given}/${item.votes.needed}`, oneLine(item.owner.name)],
              ...[item.canDecide ? 'yes' : 'no', oneLine(item.title)],
            ]),
            'Nothing waits.',
          ),
        );
      }),
    );
}
