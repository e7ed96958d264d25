import * as React from 'react';

interface Props {
  title: string;
  /** Shown at the right end of the title. */
  aside?: React.ReactNode;
  children: React.ReactNode;
}

/** One part of the panel under its small heading. */
export function Section({ title, aside, children }: Props): JSX.Element {
  return (
    <section className="jp-greenlab-section" aria-label={title}>
      <header>
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}
