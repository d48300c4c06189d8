import React from 'react';
import { Page } from '../components/kit.js';

export default function Draft(): React.JSX.Element {
  return <Page title="inbox">…</Page>;
}
