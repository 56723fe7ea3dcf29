import { quoteName } from '../identifier.ts';
import { columnList, imageColumns, imageTable, insertCentral, OP, SEQ } from './image.ts';
import { type ForeignKey, sqlName, type TableShape, tableId } from './table-shape.ts';

/** Tables by id, and the foreign keys that point to each. */
export interface CascadeGraph {
  readonly tables: ReadonlyMap<string, TableShape>;
  readonly children: ReadonlyMap<string, readonly ForeignKey[]>;
}

/** InnoDB refuses cascades that are deeper. */
const DEEPEST = 15;
/** Statements in one trigger. Beyond, whatever could be reached counts as changed in a way that the log can't tell. */
const MOST = 60;

/** One step of a cascade: the rows of `table` that it touches are `from` with the condition `where`, under the alias c<depth>. */
interface Step {
  readonly table: TableShape;
  readonly depth: number;
  readonly from: string;
  readonly where: string;
  readonly effect: 'delete' | 'update';
  /** On update: what columns become; undefined = NULL. */
  readonly becomes: ReadonlyMap<string, string | undefined>;
}

interface Budget {
  left: number;
}

/**
 * Cascades of foreign keys fire no triggers: the trigger of the table where they begin logs what they will touch, before they do. The rows are
 * read by locks that the cascade takes anyway; FOR UPDATE is refused where the statement of the app uses the table too.
 */
export function deleteCascades(log: string, table: TableShape, graph: CascadeGraph): string {
  const budget = { left: MOST };
  return foreignKeys(table, graph)
    .map((key) => cascade(log, graph, budget, firstStep(key, key.onDelete, 'delete', graph)))
    .join('');
}

export function updateCascades(log: string, table: TableShape, graph: CascadeGraph): string {
  const budget = { left: MOST };
  return foreignKeys(table, graph)
    .map((key) => {
      const statements = cascade(log, graph, budget, firstStep(key, key.onUpdate, 'update', graph));
      const isSame = key.columns
        .map(([, column]) => `BINARY OLD.${quoteName(column)} <=> BINARY NEW.${quoteName(column)}`)
        .join(' AND ');
      return statements && `IF NOT (${isSame}) THEN ${statements} END IF; `;
    })
    .join('');
}

function foreignKeys(table: TableShape, { children }: CascadeGraph): readonly ForeignKey[] {
  return children.get(tableId(table.database, table.name)) ?? [];
}

function firstStep(key: ForeignKey, rule: string, effect: 'delete' | 'update', graph: CascadeGraph): Step | undefined {
  const child = graph.tables.get(key.child);
  if (child === undefined || !/^(CASCADE|SET NULL)$/.test(rule)) return undefined;
  return {
    table: child,
    depth: 1,
    from: `${sqlName(child)} c1`,
    where: key.columns.map(([column, parentColumn]) => `c1.${quoteName(column)} = OLD.${quoteName(parentColumn)}`).join(' AND '),
    effect: effect === 'delete' && rule === 'CASCADE' ? 'delete' : 'update',
    becomes: becomes(effect, rule, key.columns, (parentColumn) => `NEW.${quoteName(parentColumn)}`),
  };
}

/** What columns of the child become; nothing where its rows go. */
function becomes(
  effect: 'delete' | 'update',
  rule: string,
  columns: ForeignKey['columns'],
  value: (parentColumn: string) => string | undefined,
): Step['becomes'] {
  if (effect === 'delete' && rule === 'CASCADE') return new Map();
  return new Map(columns.map(([column, parent]) => [column, rule === 'CASCADE' ? value(parent) : undefined]));
}

function nextSteps(step: Step, graph: CascadeGraph): readonly Step[] {
  return foreignKeys(step.table, graph).flatMap((key): Step[] => {
    const rule = step.effect === 'delete' ? key.onDelete : key.onUpdate;
    const child = graph.tables.get(key.child);
    if (child === undefined || !/^(CASCADE|SET NULL)$/.test(rule)) return [];
    if (step.effect === 'update' && !key.columns.some(([, column]) => step.becomes.has(column))) return [];
    const alias = `c${step.depth + 1}`;
    const on = key.columns
      .map(([column, parent]) => `${alias}.${quoteName(column)} = c${step.depth}.${quoteName(parent)}`)
      .join(' AND ');
    const moved = key.columns.filter(([, parent]) => step.effect === 'delete' || step.becomes.has(parent));
    return [
      {
        table: child,
        depth: step.depth + 1,
        from: `${step.from} JOIN ${sqlName(child)} ${alias} ON ${on}`,
        where: step.where,
        effect: step.effect === 'delete' && rule === 'CASCADE' ? 'delete' : 'update',
        becomes: becomes(step.effect, rule, moved, (parent) => step.becomes.get(parent)),
      },
    ];
  });
}

function cascade(log: string, graph: CascadeGraph, budget: Budget, step: Step | undefined): string {
  if (step === undefined || step.depth > DEEPEST) return '';
  const { table, depth, from, where } = step;
  const rows = `FROM ${from} WHERE ${where}`;
  const unknown = (shape: TableShape) =>
    `${insertCentral(log, shape, 'c')} INSERT INTO ${imageTable(log, shape)} (${SEQ}, ${OP}) VALUES (UUID_SHORT(), 'x');`;
  if (budget.left <= 0) return `IF EXISTS (SELECT 1 ${rows}) THEN ${reachable(table, graph).map(unknown).join(' ')} END IF; `;
  budget.left--;
  if (table.key.length === 0) {
    const deeper = nextSteps(step, graph).map((next) => cascade(log, graph, budget, next));
    return `IF EXISTS (SELECT 1 ${rows}) THEN ${unknown(table)} ${deeper.join('')}END IF; `;
  }
  const columns = imageColumns(table);
  const image = `INSERT INTO ${imageTable(log, table)} (${SEQ}, ${OP}, ${columnList(columns)})
      SELECT UUID_SHORT(), 'r', ${columnList(columns, `c${depth}.`)} ${rows} LOCK IN SHARE MODE;`;
  // A column of the key that changes: the new key counts as inserted.
  const newKey = table.key.some((name) => step.becomes.get(name) !== undefined)
    ? `INSERT INTO ${imageTable(log, table)} (${SEQ}, ${OP}, ${columnList(table.key)})
      SELECT UUID_SHORT(), 'n', ${table.key.map((name) => step.becomes.get(name) ?? `c${depth}.${quoteName(name)}`).join(', ')} ${rows} LOCK IN SHARE MODE;`
    : '';
  const deeper = nextSteps(step, graph).map((next) => cascade(log, graph, budget, next));
  return `${image} IF ROW_COUNT() > 0 THEN ${insertCentral(log, table, 'c')} ${newKey} ${deeper.join('')}END IF; `;
}

function reachable(table: TableShape, graph: CascadeGraph): readonly TableShape[] {
  const found = new Set([table]);
  for (const each of found)
    for (const { child } of foreignKeys(each, graph)) {
      const shape = graph.tables.get(child);
      if (shape) found.add(shape);
    }
  return [...found];
}
