import React, { useState } from 'react';
import type { DeliveryView } from '../../src/http/presenters/webhook.js';
import { call, useAction, useList } from './api.js';
import { Badge } from './badge.js';
import { Ago } from './format.js';
import { Button, Empty, ErrorNote, Loading, More } from './kit.js';

/** What a webhook was told, newest first, and what came of it. */
export function Deliveries({ webhookId }: { webhookId: string }): React.JSX.Element {
  const path = `/webhooks/${webhookId}/deliveries`;
  const deliveries = useList<DeliveryView>(`${path}?limit=20`, 5_000);
  const [shown, setShown] = useState<string>();
  if (deliveries.loading) return <Loading what="Loading what it was told" />;
  return (
    <>
      {deliveries.error && <ErrorNote error={deliveries.error} retry={deliveries.reload} />}
      {deliveries.items.length === 0 && !deliveries.error && (
        <Empty title="It was told nothing yet">Send a trial to see whether it answers.</Empty>
      )}
      {deliveries.items.length > 0 && (
        <table className="at-table at-cards">
          <thead>
            <tr>
              <th scope="col">When</th>
              <th scope="col">What</th>
              <th scope="col">State</th>
              <th scope="col">Answer</th>
              <th scope="col">
                <span className="at-sr">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {deliveries.items.map((one) => (
              <React.Fragment key={one.deliveryId}>
                <tr>
                  <td data-label="When">
                    <Ago at={one.createdAt} />
                  </td>
                  <td data-label="What">{one.event.replaceAll('_', ' ')}</td>
                  <td data-label="State">
                    <span>
                      <Badge status={one.status} />{' '}
                      <span className="at-soft">
                        {one.attempts} {one.attempts === 1 ? 'try' : 'tries'}
                      </span>
                    </span>
                  </td>
                  <td data-label="Answer">{one.error ?? one.responseStatus ?? '–'}</td>
                  <td className="at-right">
                    <div className="at-actions at-end">
                      <Button
                        look="quiet"
                        aria-expanded={shown === one.deliveryId}
                        onClick={() => setShown(shown === one.deliveryId ? undefined : one.deliveryId)}
                      >
                        {shown === one.deliveryId ? 'Less' : 'Message'}
                      </Button>
                      <Again path={`${path}/${one.deliveryId}/redeliver`} reload={deliveries.reload} />
                    </div>
                  </td>
                </tr>
                {shown === one.deliveryId && (
                  <tr className="at-inside">
                    <td colSpan={5}>
                      <pre className="at-pre">{JSON.stringify(one.payload, null, 2)}</pre>
                    </td>
                  </tr>
                )}
              </React.Fragment>
            ))}
          </tbody>
        </table>
      )}
      <More more={deliveries.more} />
    </>
  );
}

function Again({ path, reload }: { path: string; reload: () => void }): React.JSX.Element {
  const again = useAction(async () => {
    await call('POST', path);
    reload();
  });
  return (
    <>
      <Button onClick={() => void again.run()} busy={again.busy}>
        Send again
      </Button>
      {again.error && <span className="at-problem">{again.error.message}</span>}
    </>
  );
}
