/** Python code as a syntax tree: its names, what it assigns, and whether it is Python at all. */

import { SyntaxNode } from '@lezer/common';
import { parser } from '@lezer/python';

/** A stretch of code: the nodes beside each other that make it up. */
export type Nodes = readonly SyntaxNode[];

/** As in `greenlab/cellcode/ipython_syntax.py`. */
const PYTHON_CELL_MAGICS: readonly string[] = ['capture', 'energy', 'prun', 'time', 'timeit'];
const CELL_MAGIC = /^%%(\w+)/;
const MAGIC = /^\s*(?:[%!?]|[^#'"]*=\s*(?:[%!]\w|!!)|[%\w.*]+\?{1,2}\s*$)/;

export interface PythonCode {
  root: SyntaxNode;
  text(node: SyntaxNode): string;
}

/** A cell's code, with its lines in IPython's syntax left out; `null` if it is not Python. */
export function parsePython(source: string): PythonCode | null {
  const magic = CELL_MAGIC.exec(source.trimStart())?.[1];
  if (magic !== undefined && !PYTHON_CELL_MAGICS.includes(magic)) {
    return null;
  }
  return parsed(source) ?? parsed(source.split('\n').map(withoutMagic).join('\n'));
}

function withoutMagic(line: string): string {
  return MAGIC.test(line) ? `${/^\s*/.exec(line)![0]}pass` : line;
}

function parsed(source: string): PythonCode | null {
  const root = parser.parse(source).topNode;
  const isPython = ![...within([root])].some(node => node.type.isError);
  return isPython ? { root, text: node => source.slice(node.from, node.to) } : null;
}

/** All nodes of a stretch of code, outer ones first. */
export function* within(nodes: Nodes): Generator<SyntaxNode> {
  for (const node of nodes) {
    yield node;
    yield* within(children(node));
  }
}

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    found.push(child);
  }
  return found;
}

/** Where the children have another word of the grammar, such as `in`, between them. */
export function splitAt(nodes: Nodes, ...words: string[]): Nodes[] {
  const parts: SyntaxNode[][] = [[]];
  for (const node of nodes) {
    if (words.includes(node.name)) {
      parts.push([]);
    } else {
      parts[parts.length - 1]!.push(node);
    }
  }
  return parts;
}

const DECLARES: readonly string[] = [
  'ClassDefinition',
  'FunctionDefinition',
  'ImportStatement',
  'ScopeStatement'
];

/** Whether a node is a variable that is read or assigned, as Python's `ast.Name`. */
export function isName(node: SyntaxNode): boolean {
  const parent = node.parent?.name ?? '';
  if (node.name !== 'VariableName' || DECLARES.includes(parent)) {
    return false;
  }
  const isDefault = node.prevSibling?.name === 'AssignOp';
  const isKeyword = node.nextSibling?.name === 'AssignOp';
  return !(parent === 'ParamList' && !isDefault) && !(parent === 'ArgList' && isKeyword);
}
