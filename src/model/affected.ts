/**
 * Whether a change would break another cell of the notebook, by the rules of `is_read_in` in
 * `greenlab/advice/analysis/uses_of_removed.py` (`tests/affected_cases.json`). The kernel looks
 * at the cells that ran; the page knows those that are yet to run.
 */

import { SyntaxNode } from '@lezer/common';

import { Advice } from '../types';
import {
  children,
  isName,
  Nodes,
  parsePython,
  PythonCode,
  splitAt,
  within
} from './pythonCode';

/** Other objects have these as well. */
const COMMON: readonly string[] = ['apply', 'support_'];

/**
 * Whether another cell reads what the change takes away or makes worse, such as
 * `model.feature_importances_`: of an object that the advised cell names.
 */
export function isUsedElsewhere(
  { affects, cell_id }: Pick<Advice, 'affects' | 'cell_id'>,
  sources: ReadonlyMap<string, string>
): boolean {
  const gone = (affects ?? []).filter(name => !COMMON.includes(name));
  const others = [...sources].filter(
    ([id, source]) => id !== cell_id && gone.some(name => source.includes(name))
  );
  const own = others.length ? parsePython(sources.get(cell_id ?? '') ?? '') : null;
  if (!own) {
    return false;
  }
  const here = namesIn(own, [own.root]);
  return others.some(([, source]) => {
    const code = parsePython(source);
    return code !== null && reads(code, new Set(gone), here);
  });
}

function reads(
  code: PythonCode,
  gone: ReadonlySet<string>,
  here: ReadonlySet<string>
): boolean {
  return [...within([code.root])].some(node => {
    if (!gone.has(code.text(node))) {
      return false;
    }
    if (node.name !== 'PropertyName') {
      return isName(node);
    }
    const owners = namesIn(code, [node.parent!.firstChild!], name => !isCalled(name));
    return !owners.size || [...behind(code, owners)].some(name => here.has(name));
  });
}

/** These names and those of the same cell that their values come of, through its calls. */
function behind(code: PythonCode, names: ReadonlySet<string>): Set<string> {
  const sources = [...within([code.root])].flatMap(node => assigned(code, node));
  const found = new Set(names);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [into, of] of sources) {
      if ([...into].some(name => found.has(name))) {
        of.forEach(name => found.add(name));
      }
    }
  }
  return found;
}

type Assigned = [into: ReadonlySet<string>, of: ReadonlySet<string>];

/** The names to which a node gives values, and the names in those values. */
function assigned(code: PythonCode, node: SyntaxNode): Assigned[] {
  const parts = children(node);
  if (node.name === 'AssignStatement' || node.name === 'NamedExpression') {
    const sides = splitAt(parts, 'AssignOp');
    const value = sides.pop()!;
    return [[targets(code, sides.flat()), namesIn(code, value)]];
  }
  if (node.name === 'ForStatement' || node.name.endsWith('ComprehensionExpression')) {
    const [, ...loops] = splitAt(parts, 'for');
    return loops.map(loop => {
      const [into = [], of = []] = splitAt(loop, 'in', 'Body', 'if');
      return [targets(code, into), namesIn(code, of)];
    });
  }
  if (node.name === 'FunctionDefinition') {
    const name = code.text(node.getChild('VariableName')!);
    const list = node.getChild('ParamList');
    const own = new Set(list?.getChildren('VariableName').filter(isParameter).map(code.text));
    const given = [...within([code.root])].filter(
      call => call.name === 'CallExpression' && code.text(call.firstChild!) === name
    );
    const of = namesIn(code, given);
    of.delete(name);
    return [[own, of]];
  }
  return [];
}

/** What is assigned to: names, and the objects of attributes and items. */
function targets(code: PythonCode, nodes: Nodes): Set<string> {
  const found = nodes.flatMap((node): string[] => {
    switch (node.name) {
      case 'VariableName':
        return [code.text(node)];
      case 'MemberExpression':
        return node.firstChild!.name === 'VariableName' ? [code.text(node.firstChild!)] : [];
      case 'TypeDef':
        return [];
      default:
        return [...targets(code, children(node))];
    }
  });
  return new Set(found);
}

function namesIn(
  code: PythonCode,
  nodes: Nodes,
  counts: (name: SyntaxNode) => boolean = () => true
): Set<string> {
  return new Set(
    [...within(nodes)].filter(node => isName(node) && counts(node)).map(code.text)
  );
}

function isParameter(name: SyntaxNode): boolean {
  return !['*', '**', 'AssignOp'].includes(name.prevSibling?.name ?? '');
}

function isCalled(name: SyntaxNode): boolean {
  return name.parent?.name === 'CallExpression' && !name.prevSibling;
}
