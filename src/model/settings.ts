/** The user's settings, with a default wherever there are none. */

import { ISettingRegistry } from '@jupyterlab/settingregistry';
import { ISignal, Signal } from '@lumino/signaling';

import { EnergyUnit } from './units';

export interface Settings {
  /** The electricity grid's zone, such as `FR`; empty: greenlab decides. */
  zone: string;
  unit: EnergyUnit;
  autoLoad: boolean;
  livePower: boolean;
  sampleLines: boolean;
  cellLines: boolean;
}

export const DEFAULTS: Settings = {
  zone: '',
  unit: 'J',
  autoLoad: false,
  livePower: true,
  sampleLines: true,
  cellLines: true
};

/** Settings that apply as soon as they change. */
export class LiveSettings {
  get current(): Settings {
    return this._current;
  }

  get changed(): ISignal<this, Settings> {
    return this._changed;
  }

  /** Follow the stored settings; until they are read, and without any, the defaults hold. */
  async follow(registry: ISettingRegistry, plugin: string): Promise<void> {
    this._stored = await registry.load(plugin);
    this._stored.changed.connect(this._read, this);
    this._read();
  }

  /** Change one setting, for this session only where none can be stored. */
  async set<K extends keyof Settings>(key: K, value: Settings[K]): Promise<void> {
    if (this._stored) {
      await this._stored.set(key, value);
    } else {
      this._update({ ...this._current, [key]: value });
    }
  }

  private _read(): void {
    this._update({ ...DEFAULTS, ...(this._stored?.composite as Partial<Settings>) });
  }

  private _update(settings: Settings): void {
    this._current = settings;
    this._changed.emit(settings);
  }

  private _current = DEFAULTS;
  private _changed = new Signal<this, Settings>(this);
  private _stored: ISettingRegistry.ISettings | null = null;
}
