import * as React from 'react';

import { Tier } from '../types';
import { tierSentence, tierWord } from '../model/words';
import { useView } from './context';

interface Props {
  tier: Tier;
  /** Another word and sentence than the tier's own. */
  word?: string;
  sentence?: string;
}

/**
 * How sure a figure is: a solid border for a counter, a dashed one for the rest. A click tells
 * why; another one, or Escape, hides that again.
 */
export function Chip({ tier, word, sentence }: Props): JSX.Element {
  const { trans } = useView();
  const [open, setOpen] = React.useState(false);
  React.useEffect(() => {
    const close = (event: KeyboardEvent) => event.key === 'Escape' && setOpen(false);
    if (open) {
      document.addEventListener('keydown', close);
    }
    return () => document.removeEventListener('keydown', close);
  }, [open]);
  const text = sentence ?? tierSentence(trans, tier);
  return (
    <>
      <button
        type="button"
        className="jp-greenlab-chip"
        data-tier={tier}
        aria-expanded={open}
        title={text}
        onClick={() => setOpen(!open)}
      >
        {word ?? tierWord(trans, tier)}
      </button>
      {open && <p className="jp-greenlab-explained">{text}</p>}
    </>
  );
}
