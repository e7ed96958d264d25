/** Whether a notebook's kernel has figures to show, and what is in the way if not. */

import { Kernel } from '@jupyterlab/services';

import { LinkState } from './comm';

/** Why there is nothing to show, or `loaded`. */
export type Phase =
  | 'no-kernel'
  | 'undecided'
  | 'starting'
  | 'restarting'
  | 'dead'
  | 'other-language'
  | 'busy'
  | 'asking'
  | 'not-loaded'
  | 'loaded';

/** A notebook without a kernel. */
export interface WithoutKernel {
  /** Whether the notebook's session is as it will stay. */
  isReady: boolean;
  /** Whether the notebook has, or was opened with, no kernel. */
  hasNoKernel: boolean;
  /** Whether its kernel was shut down. */
  shutDown: boolean;
  /** Whether one may still come by itself, shortly after the notebook was opened. */
  mayCome: boolean;
}

/** The phase of a notebook without a kernel. */
export function phaseWithout(notebook: WithoutKernel): Phase {
  if (notebook.shutDown || notebook.isReady) {
    return 'no-kernel';
  }
  if (!notebook.hasNoKernel) {
    return 'starting';
  }
  // Where the user chose none as the notebook was opened, nothing says so.
  return notebook.mayCome ? 'undecided' : 'no-kernel';
}

/** What is known of a kernel. */
export interface KnownKernel {
  status: Kernel.Status;
  /** Lower case; empty while it is not known. */
  language: string;
  /** Whether it has sent its figures. */
  hasData: boolean;
  link: LinkState | null;
}

/** The phase of a notebook with a kernel. */
export function phaseOf(kernel: KnownKernel): Phase {
  const { status, language, hasData, link } = kernel;
  if (status === 'dead') {
    return 'dead';
  }
  if (status === 'restarting' || status === 'autorestarting') {
    return 'restarting';
  }
  if (hasData) {
    return 'loaded';
  }
  if (language && language !== 'python') {
    return 'other-language';
  }
  if (link === 'absent') {
    return 'not-loaded';
  }
  if (status === 'busy' || link === 'waiting') {
    return 'busy';
  }
  return status === 'starting' ? 'starting' : 'asking';
}
