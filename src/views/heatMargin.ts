/** Marks in the margin of a cell's editor: which lines used most when it last ran. */

import { RangeSet, StateEffect, StateField } from '@codemirror/state';
import { EditorView, gutter, GutterMarker } from '@codemirror/view';
import { TranslationBundle } from '@jupyterlab/translation';
import { IDisposable } from '@lumino/disposable';
import { Throttler } from '@lumino/polling';

import { NotebookSession } from '../kernel/notebookSession';
import { marks, unchanged } from '../model/lines';
import { LiveSettings } from '../model/settings';
import { tipOf } from './lines';

type Cell = NotebookSession['panel']['content']['widgets'][number];

/** How long a change of the notebook may wait to be seen, in ms. */
const DELAY = 300;

/** One mark: how hot, from 0 to 1, and what it says. */
class Heat extends GutterMarker {
  constructor(
    readonly heat: number,
    readonly tip: string
  ) {
    super();
  }

  override eq(other: Heat): boolean {
    return this.heat === other.heat && this.tip === other.tip;
  }

  override toDOM(): HTMLElement {
    const mark = document.createElement('div');
    mark.className = 'jp-greenlab-heat';
    mark.style.setProperty('--jp-greenlab-heat', `${Math.round(20 + 80 * this.heat)}%`);
    mark.title = this.tip;
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', this.tip);
    return mark;
  }
}

const setMarks = StateEffect.define<ReadonlyMap<number, Heat>>();

/** The marks of one editor; they move with their lines. */
const field = StateField.define<RangeSet<Heat>>({
  create: () => RangeSet.empty,
  update: (known, transaction) => {
    let now = known.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (effect.is(setMarks)) {
        const { doc } = transaction.state;
        now = RangeSet.of(
          [...effect.value]
            .filter(([line]) => line <= doc.lines)
            .map(([line, mark]) => mark.range(doc.line(line).from)),
          true
        );
      }
    }
    return now;
  }
});

const extension = [
  field,
  gutter({ class: 'jp-greenlab-heat-margin', markers: view => view.state.field(field) })
];

/** What is needed of a cell's editor, where it is CodeMirror's. */
interface Editor {
  editor?: EditorView;
  injectExtension?(extension: unknown): void;
}

/** Keeps the marks of one notebook. */
export class HeatMargins implements IDisposable {
  constructor(
    private _session: NotebookSession,
    private _settings: LiveSettings,
    private _trans: TranslationBundle
  ) {
    _session.changed.connect(this._update, this);
    _settings.changed.connect(this._update, this);
    _session.panel.content.modelContentChanged.connect(this._onContent, this);
    _session.panel.disposed.connect(this.dispose, this);
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    if (!this._isDisposed) {
      this._isDisposed = true;
      this._content.dispose();
      this._session.changed.disconnect(this._update, this);
      this._settings.changed.disconnect(this._update, this);
    }
  }

  private _onContent(): void {
    if (!this._isDisposed && (this._marks.size || this._marked.size)) {
      void this._content.invoke();
    }
  }

  private _update(): void {
    const { unit } = this._settings.current;
    const seen = [this._session.data?.records, unit];
    if (seen.every((part, index) => part === this._seen[index])) {
      return; // live power changes all the time, the lines do not
    }
    this._seen = seen;
    this._marks = marks(this._session.data?.records ?? []);
    this._place();
  }

  private _place(): void {
    if (this._isDisposed || this._session.panel.isDisposed) {
      return;
    }
    for (const cell of this._session.panel.content.widgets) {
      const { id } = cell.model;
      if (this._marks.has(id) || this._marked.has(id)) {
        // A cell out of sight may not have an editor yet.
        void cell.ready.then(() => this._mark(cell));
      }
    }
  }

  private _mark(cell: Cell): void {
    const { editor, injectExtension } = (cell.editor ?? {}) as Editor;
    if (this._isDisposed || cell.isDisposed || !editor || !injectExtension) {
      return;
    }
    const { id } = cell.model;
    const source = cell.model.sharedModel.getSource();
    const now = new Map<number, Heat>();
    for (const line of unchanged(this._marks.get(id), source)) {
      const tip = tipOf(this._trans, line, this._settings.current.unit);
      now.set(line.use.line, new Heat(line.heat, tip));
    }
    if (editor.state.field(field, false) === undefined) {
      if (now.size === 0) {
        return;
      }
      injectExtension.call(cell.editor, extension);
    }
    now.size ? this._marked.add(id) : this._marked.delete(id);
    editor.dispatch({ effects: setMarks.of(now) });
  }

  private _content = new Throttler(() => this._place(), DELAY);
  private _isDisposed = false;
  private _marked = new Set<string>();
  private _marks: ReturnType<typeof marks> = new Map();
  private _seen: readonly unknown[] = [];
}
