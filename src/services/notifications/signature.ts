import { createHmac } from 'node:crypto';

/**
 * The header `Atelier-Signature` of a webhook: `t=<seconds>,v1=<hex>`, an HMAC-SHA256 under the webhook's secret of
 * `<delivery id>.<seconds>.<body>`. Receivers compute the same, and refuse times that are long past.
 */
export function signatureOf(secret: string, deliveryId: string, seconds: number, body: string): string {
  const mac = createHmac('sha256', secret).update(`${deliveryId}.${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}
