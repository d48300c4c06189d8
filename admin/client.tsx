import React, { Component, lazy, Suspense, type ComponentType, type ReactNode } from 'react';
import { ErrorNote, Loading, Page } from './components/kit.js';
import { Sidebar, TopBar } from './components/shell.js';
import { PANEL_PAGES } from './pages.js';

/** What AdminJS has in the page for us. */
declare global {
  // AdminJS's own name.
  var AdminJS: { UserComponents: Record<string, ComponentType<never>> };
}

/** A page that breaks says so in its place, and leaves the menu alone. */
class Boundary extends Component<{ children: ReactNode }, { error?: Error }> {
  override state: { error?: Error } = {};
  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }
  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <Page title="This page broke">
        <ErrorNote error={error} retry={() => window.location.reload()} />
      </Page>
    );
  }
}

/** `admin/pages/<name>.tsx`: its default export. */
function pageComponent(name: string): ComponentType {
  const Content = lazy(async () => (await import(`./pages/${name}.tsx`)) as { default: ComponentType });
  return function PanelPage() {
    return (
      <Boundary>
        <Suspense fallback={<Loading />}>
          <Content />
        </Suspense>
      </Boundary>
    );
  };
}

function Nothing(): null {
  return null;
}

AdminJS.UserComponents = {
  Sidebar: Sidebar as ComponentType<never>,
  TopBar: TopBar as ComponentType<never>,
  Footer: Nothing,
  Version: Nothing,
  ...Object.fromEntries(PANEL_PAGES.map(({ name }) => [name, pageComponent(name)])),
};
