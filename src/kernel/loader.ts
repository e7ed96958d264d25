/** Whether greenlab is to be loaded in one notebook's kernel, and how that went. */

import { Kernel } from '@jupyterlab/services';

import { LiveSettings } from '../model/settings';
import { Loaded, load, loadIfInstalled } from './loadExtension';

export class Loader {
  /** `changed` is called when an attempt has ended. */
  constructor(
    private _settings: LiveSettings,
    private _changed: () => void
  ) {}

  /** What went wrong when the extension was last loaded from here. */
  get error(): Loaded | null {
    return this._error;
  }

  /** Load the extension in this kernel, and again whenever it restarts. */
  async load(kernel: Kernel.IKernelConnection): Promise<void> {
    const life = this._life;
    const result = await load(kernel);
    if (life !== this._life) {
      return; // the kernel restarted meanwhile: its new life begins with another try
    }
    this._wanted = result.ok;
    this._error = result.ok ? null : result;
    this._changed();
  }

  /** Load it if the user wants that of every kernel, or has asked for it in this notebook. */
  loadIfWanted(kernel: Kernel.IKernelConnection): void {
    const { autoLoad } = this._settings.current;
    if (this._mayLoad && (autoLoad || this._wanted) && !kernel.isDisposed) {
      this._mayLoad = false;
      void (this._wanted ? this.load(kernel) : loadIfInstalled(kernel));
    }
  }

  /** It is loaded: a user who unloads it later means it. */
  opened(): void {
    this._mayLoad = false;
  }

  /** The kernel reports: nothing went wrong. */
  succeeded(): void {
    this._error = null;
  }

  /** The kernel says that a page has loaded it: it is wanted in its next life too. */
  loadedByPage(): void {
    this._wanted = true;
  }

  /** The user has unloaded it. */
  unloaded(): void {
    this._wanted = false;
  }

  /** Another kernel, or a new life of the same one. */
  restarted(): void {
    this._error = null;
    this._mayLoad = true;
    this._life++;
  }

  private _error: Loaded | null = null;
  /** Counts kernels and their restarts. */
  private _life = 0;
  private _mayLoad = true;
  /** Whether the user has asked for the extension in this notebook. */
  private _wanted = false;
}
