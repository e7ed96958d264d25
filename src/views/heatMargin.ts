/** Marks in the margin of a cell's editor: which lines used most when it last ran. */

import { RangeSet, StateEffect, StateField } from '@codemirror/state';
import { EditorView, gutter, GutterMarker } from '@codemirror/view';

import { marks, unchanged } from '../model/lines';
import { tipOf } from './lines';
import { Cell, NotebookDecorations } from './notebookDecorations';

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
export class HeatMargins extends NotebookDecorations {
  protected inputs(): readonly unknown[] {
    return [this.session.data?.records, this.settings.current.unit];
  }

  protected prepare(): void {
    this._marks = marks(this.session.data?.records ?? []);
  }

  protected get isEmpty(): boolean {
    return !this._marks.size && !this._marked.size;
  }

  protected place(): void {
    for (const cell of this.session.panel.content.widgets) {
      const { id } = cell.model;
      if (this._marks.has(id) || this._marked.has(id)) {
        // A cell out of sight may not have an editor yet.
        void cell.ready.then(() => this._mark(cell));
      }
    }
  }

  private _mark(cell: Cell): void {
    const { editor, injectExtension } = (cell.editor ?? {}) as Editor;
    if (this.isDisposed || cell.isDisposed || !editor || !injectExtension) {
      return;
    }
    const { id } = cell.model;
    const source = cell.model.sharedModel.getSource();
    const now = new Map<number, Heat>();
    for (const line of unchanged(this._marks.get(id), source)) {
      const tip = tipOf(this.trans, line, this.settings.current.unit);
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

  private _marked = new Set<string>();
  private _marks: ReturnType<typeof marks> = new Map();
}
