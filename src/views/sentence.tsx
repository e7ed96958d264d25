import * as React from 'react';

/** A sentence in which code stands between backticks. */
export function Sentence({ text }: { text: string }): JSX.Element {
  const parts = text.split(/`([^`]+)`/);
  return (
    <>{parts.map((part, index) => (index % 2 ? <code key={index}>{part}</code> : part))}</>
  );
}
