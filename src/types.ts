// Generated from greenlab/record by tools/generate_types.py. Edit there, then run it again.

/** From `greenlab/record/messages.py`. */
export const TARGET = 'greenlab';

/** From `greenlab/record/messages.py`. */
export const RECORD_MIME = 'application/vnd.greenlab.record.v1+json';

/** From `greenlab/record/figure.py`. */
export const TIERS: readonly Tier[] = ['measured', 'modelled', 'assumed', 'missing'];

/** From `greenlab/record/figure.py`. */
export const NOISE = 0.01;

/** From `greenlab/record/figure_sum.py`. */
export const SOME_CELLS = 'some cells';

/** From `greenlab/record/figure_sum.py`. */
export const MOST_REASONS = 5;

/** From `greenlab/record/cell.py`. */
export const COMPONENT_KINDS: readonly ComponentKind[] = ['cpu', 'ram', 'gpu'];

/** From `greenlab/record/proof_progress.py`. */
export const BUSY = 0.1;

/** From `greenlab/record/verdict.py`. */
export const NAMED = 5;

/** From `greenlab/units.py`. */
export const J_PER_WH = 3600;

/** From `greenlab/units.py`. */
export const WIDE = 3;

/** From `greenlab/units.py`. */
export const PREFIXES: readonly (readonly [number, string])[] = [[1e-06, 'µ'], [0.001, 'm'], [1, ''], [1000, 'k'], [1000000, 'M'], [1000000000, 'G']];

export type Tier = 'measured' | 'modelled' | 'assumed' | 'missing';

export type GpuCharge = 'waiting' | 'synchronised';

export type ComponentKind = 'cpu' | 'ram' | 'gpu';

export type RecordKind = 'cell' | 'span' | 'between';

export type Scope = 'process' | 'host' | 'active';

export type Status = 'ok' | 'error' | 'interrupted';

export type RatioOf = 'energy' | 'added';

export type VerdictStatus = 'verified' | 'rejected' | 'inconclusive' | 'quality-failed' | 'unsafe';

export type ProofStage = 'looking' | 'waiting' | 'warming up' | 'measuring' | 'done';

export type AdviceStatus = 'candidate' | 'shown' | 'applied' | 'verified' | 'rejected' | 'inconclusive' | 'dismissed';

/**
 * A value with its interval, tier and gaps. The field that holds it names the unit.
 *
 * `value`, `low`, `high`: `None` when not known. `high` alone is `None` when a part of
 * the figure is missing: the true value is then at least `low` and has no known bound.
 * `level`: the share of cases in which the interval holds the truth.
 * `reason`: why the value is missing, or a caveat. `lacks`: the parts left out.
 */
export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
  level: number;
  tier: Tier;
  reason?: string;
  lacks?: readonly string[];
}

/**
 * What one line used, in joules.
 *
 * `file`: as people know it: the path of a file, `None` for a cell, which `execution_count`
 * and `cell_id` then name (of the record's own cell or of another one). `function`: the
 * qualified name of the function that the line is in, `None` at a cell's top level. `text`:
 * the line itself, if the source was available. `cpu_s`, `duration_s`: CPU seconds and
 * elapsed seconds; the time that a line waits for computing threads is theirs. `samples`: how
 * many samples saw it: where one did, and the time is less than between two, no more than an
 * upper bound is known. `gpu_j`: the part of its energy that GPUs used; `None` where there is
 * none or it is not known.
 */
export interface LineUse {
  file: string | null;
  line: number;
  energy_j: Figure;
  cpu_s: number;
  duration_s: number;
  samples: number;
  cell_id: string | null;
  execution_count: number | null;
  function: string | null;
  text: string | null;
  gpu_j: number | null;
}

/**
 * A record's energy by line, the heaviest first.
 *
 * `code`: by the innermost line of the user's code, in a cell or file; `cell`: by the line of
 * the cell (or block) itself that was running then. Each of the two adds up, with `rest_j`,
 * to the record's `energy_j`. `rest_j`: what is on no line: before the first sample and after
 * the last one, by other threads, and of lines beyond those that are listed. `asked`: whether
 * the user asked for lines; else they were sampled from the first second on. `sampled_s`:
 * seconds that samples stand for; `period_s`: mean time between two; `samples`: how many.
 * `gpu`: whom the GPU's joules are charged to, `None` without a GPU. `note`: what else should
 * be known.
 */
export interface LineEnergies {
  code: readonly LineUse[];
  cell: readonly LineUse[];
  rest_j: Figure;
  sampled_s: number;
  period_s: number | null;
  samples: number;
  asked: boolean;
  gpu: GpuCharge | null;
  note: string | null;
}

/**
 * So many units of work (tokens, images, epochs) of one record.
 *
 * `unit`: its name in the singular. `energy_j`: joules of the parts of the window in which
 * they were done, where these were measured for themselves, as the decoding of a text; `None`:
 * all that the record used. `counted_elsewhere`: how many of `count` are also in a record
 * around this one: where that has a part of this one's time, sums count the rest.
 * `counted_beside`: how many more were counted by windows of other threads whose energy this
 * record holds: sums count these here.
 */
export interface UnitCount {
  unit: string;
  count: number;
  energy_j: Figure | null;
  counted_elsewhere: number;
  counted_beside: number;
}

/**
 * Units of one name over many records, and the joules of those records that counted any.
 */
export interface UnitTotal {
  unit: string;
  count: number;
  energy_j: Figure;
}

/**
 * One device's part. Energies in joules.
 *
 * `energy_j` is this cell's share under the record's scope; `host_energy_j` the whole
 * device in the same window; `active_j` and `idle_j` the cell's share of what work added
 * and of the device's idle power.
 */
export interface Component {
  kind: ComponentKind;
  device: string;
  source: string;
  energy_j: Figure;
  host_energy_j: Figure;
  active_j: Figure;
  idle_j: Figure;
}

/**
 * Grams of CO2e per kilowatt-hour of electricity, and whose figure that is.
 *
 * `tier` is `modelled` for a published figure of a zone the user named, `assumed` for a
 * zone that was guessed; `guess` then says from what. `reason` says why a value is missing.
 * `instead_of`: the zone that a record had at first, made before the user's setting was known.
 */
export interface Intensity {
  value: number | null;
  zone: string;
  zone_name: string;
  source: string;
  year: number | null;
  tier: Tier;
  kind: 'average' | 'marginal';
  basis: 'lifecycle' | 'direct';
  unit: string;
  guess: string | null;
  reason?: string;
  instead_of: string | null;
}

/**
 * One of the runs of `%%energy -r N`.
 */
export interface Repeat {
  duration_s: number;
  energy_j: Figure;
}

/**
 * What Python threads that were there before a window used in it: CPU seconds.
 *
 * They are in the record's `cpu_s`, and their joules in its energy. `low_s`: by threads that
 * surely worked on something of their own; `high_s`: by these and by those that may have
 * worked for this cell, as a pool's do. `record_id`, `execution_count`: of the cell that
 * started the threads; `None` where that was not seen.
 */
export interface BackgroundUse {
  low_s: number;
  high_s: number;
  record_id: string | null;
  execution_count: number | null;
}

/**
 * What one cell (or span, or the time between two cells) used and emitted.
 *
 * Energies in joules, emissions in grams of CO2e, times in seconds.
 * `kind`: `cell`; `span` for `measure()` and `%energy`; `between` for the kernel's time
 * between two cells. `name`: of a span; `proof` for time between cells in which one ran.
 * `parent_id`: the record that this one belongs to; it only groups. `counted_in`: the record
 * whose energy already holds this one's, `None` where no other does: totals count what is
 * counted in nothing else that they hold. Where it is not given it is the parent, as in
 * records from before there was the field. `counted_elsewhere`: the part of its time, 0 to 1,
 * that is in other records where these do not contain all of it: totals count the rest.
 * `scope`: what `energy_j` counts, see the docs on scopes.
 * `cpu_s`: CPU seconds of the kernel, its threads and children. `gpu_busy`: mean
 * utilisation of the kernel's GPUs, 0 to 1. `background`: what threads of earlier cells used
 * meanwhile; `None` where the system does not report. `async_tail`: whether the kernel's own
 * GPU work was seen to go on after the end, where its energy counts in what follows; `None`
 * where that was not asked or could not be known. `lines`: the energy by source line, `None`
 * where it was not sampled; the ledger keeps it only where the user asked for it. `work`: what
 * was counted in it, such as tokens.
 */
export interface CellRecord {
  id: string;
  kernel_id: string;
  host: string;
  notebook: string | null;
  cell_id: string | null;
  execution_count: number | null;
  source_hash: string | null;
  name: string | null;
  started_at: string;
  duration_s: number;
  status: Status;
  energy_j: Figure;
  host_energy_j: Figure;
  components: readonly Component[];
  emissions_g: Figure;
  intensity: Intensity;
  cpu_s: number | null;
  gpu_busy: number | null;
  scope: Scope;
  pue: number;
  kind: RecordKind;
  parent_id: string | null;
  counted_in: string | null;
  counted_elsewhere: number;
  repeats: readonly Repeat[];
  background: readonly BackgroundUse[] | null;
  async_tail: boolean | null;
  lines?: LineEnergies;
  work?: readonly UnitCount[];
  schema: string;
}

/**
 * The metric before and after, means over the pairs; more is better.
 *
 * `drop_high`: the largest mean drop that the pairs leave open, `None` below two pairs.
 * `max_drop`: the drop that was said to be acceptable, `None` if none was.
 */
export interface Quality {
  metric: string;
  before: number;
  after: number;
  drop_high: number | null;
  max_drop: number | null;
}

/**
 * What both versions left behind in their first runs, which began alike, with one seed.
 *
 * `compared`: the variables; `unlike`: those of them with another type, shape or text.
 * `largest`: the largest difference of a number, as a share of the largest number of its
 * variable in the first version.
 */
export interface Agreement {
  compared: readonly string[];
  unlike: readonly string[];
  largest: number;
}

/**
 * What measuring both versions showed: energy after over energy before.
 *
 * `ratio_of`: `added`, what the versions' work adds, without idle power, or all of their
 * `energy`. `ratio`: `None` where nothing was measured; `reason` says why. `low`, `high`:
 * `None` below two pairs. The interval is of the runs' spread, `level` the share of cases in
 * which it holds. `margin`: the least saving that counts. `tier`: of the energies. `before_j`,
 * `after_j`: mean joules of one run, its part of the idle power included; `before_added_j`,
 * `after_added_j`: without it. `one_off_j`: what the first run of the new version used beyond
 * the later ones, `None` where it cannot be known from their spread. `discarded`: pairs not
 * counted, as a cell of the user's fell into them. `cost_j`, `duration_s`: what the proof
 * itself took. `note`: a caveat. `agreement`: where the same result was promised, and could
 * be compared.
 */
export interface Verdict {
  ratio: number | null;
  low: number | null;
  high: number | null;
  pairs: number;
  tier: Tier;
  note: string | null;
  status: VerdictStatus;
  reason?: string;
  level: number;
  margin: number;
  before_j: number | null;
  after_j: number | null;
  one_off_j: number | null;
  quality: Quality | null;
  discarded: number;
  cost_j: number | null;
  duration_s: number | null;
  agreement: Agreement | null;
  ratio_of: RatioOf;
  before_added_j: number | null;
  after_added_j: number | null;
}

/**
 * A verdict as the ledger keeps it. `at`: UTC, ISO 8601; `hardware`: what it ran on.
 *
 * `rule`: of the advice that was proven, `None` for two versions of the user's own.
 * `source_hash`: of the cell; where the change is of another cell or file, with the hash of
 * that text behind a `+`.
 */
export interface Proven {
  at: string;
  rule: string | null;
  hardware: string;
  source_hash: string | null;
  verdict: Verdict;
}

/**
 * What a proof takes as a rule: `runs` of the cell. `energy_j`: `None` if not known.
 */
export interface Effort {
  runs: number;
  energy_j: number | null;
  duration_s: number;
}

/**
 * Where a proof stands. `pairs` of at most `of`; `ratio` once there are two pairs.
 *
 * `stage`: `looking` at what may run, `waiting` while a cell of the user's runs. `others`:
 * the share of all CPUs, 0 to 1, that other programs kept busy before it began, `None` if
 * that is not known.
 * `spent_s`, `spent_j`: what the proof took so far; joules are `None` if not known.
 */
export interface Progress {
  stage: ProofStage;
  pairs: number;
  of: number;
  spent_s: number;
  spent_j: number | null;
  ratio: number | null;
  discarded: number;
  others: number | null;
}

/**
 * An edit of one cell or file: `diff` in unified form, `text` all of it afterwards.
 */
export interface Change {
  diff: string;
  text: string;
}

/**
 * Where code stands that a cell calls: an earlier cell of the notebook, or a file.
 *
 * A cell is named by its id, or where that is not known by the hash of its code; a file by its
 * path. `function`: the function in it, as in `Trainer.step`; `None` for code outside of any.
 */
export interface Place {
  cell_id: string | null;
  execution_count: number | null;
  source_hash: string | null;
  file: string | null;
  function: string | null;
}

/**
 * The cited range of a change, as a fraction of this cell's energy (0.5 is half).
 *
 * `of_j`: joules that one run of the cell added above idle power, of which `low` and `high`
 * are the shares that a run would save; `None` if not known. `share`: the measured part of
 * the cell's energy that the change concerns, which is in `low` and `high` already; `None`
 * where it was not measured. `at_most`: what arithmetic allows, whatever proofs measured.
 */
export interface Saving {
  low: number;
  high: number;
  source: string;
  unit: string;
  of_j: number | null;
  share: number | null;
  at_most: number | null;
}

/**
 * `greenlab.advice/1`: one change to one cell, with its evidence.
 *
 * `because` holds facts, each with its number. `cell_index` counts code cells from 0.
 * `effort`: what proving it would take, `None` where it cannot be proven from here.
 * `affects`: names of what code may use and the change takes away or makes worse: where
 * another cell of the notebook uses one, the advice is not shown unasked.
 * `place`: where the change goes, `None` for the cell itself; `change` is of the text there. A
 * file is the user's own to change: its difference is only shown.
 */
export interface Advice {
  id: string;
  rule: string;
  cell_id: string | null;
  cell_index: number | null;
  source_hash: string;
  title: string;
  because: readonly string[];
  change: Change | null;
  saving: Saving | null;
  risk: string;
  status: AdviceStatus;
  verdict: Verdict | null;
  execution_count: number | null;
  effort: Effort | null;
  affects: readonly string[];
  place: Place | null;
  schema: string;
}

/**
 * What the last edit of a cell changed, seen in its runs before and after.
 *
 * `before_j` and `after_j`: median energy of a run, in joules. `ratio`: after over before,
 * with the smallest and the largest ratio that any two of the runs give. `before_runs`,
 * `after_runs`: how many runs count. `first_runs`: only the first run of each is compared, as
 * one side has no other; else first runs are left out. `likely`: three runs or more on
 * each side, none of one among those of the other, and 5 % or more between them. Runs that a
 * user happens to make are no experiment: it never says more than that.
 * `wide`: the bounds of these runs are far apart: the ratio is more certain than they are.
 * `before_count`, `after_count`: the last run of each, as in `[7]`. `saved_j`: joules by which
 * all `saved_runs` of the new code came to less than as many of the old; below 0: to more.
 */
export interface Edited {
  cell_id: string;
  source_hash: string;
  before_hash: string;
  before_j: number;
  after_j: number;
  ratio: number;
  low: number;
  high: number;
  before_runs: number;
  after_runs: number;
  first_runs: boolean;
  likely: boolean;
  tier: Tier;
  wide: boolean;
  before_count: number | null;
  after_count: number | null;
  saved_j: number;
  saved_runs: number;
}

/**
 * `greenlab.run/1`: a notebook executed and weighed, cell by cell.
 */
export interface Run {
  notebook: string;
  status: Status;
  records: readonly CellRecord[];
  advice: readonly Advice[];
  energy_j: Figure;
  emissions_g: Figure;
  reason?: string;
  warnings: readonly string[];
  schema: string;
}

/**
 * `greenlab.advise/1`: what reading a notebook finds, without running it.
 */
export interface AdviceList {
  notebook: string;
  advice: readonly Advice[];
  schema: string;
}

/**
 * One source of joules: what it covers here, or why it is absent and what fixes that.
 *
 * `covers` reads as the panel shows it ("package 0 and its memory"). `reason` and `fix`
 * are set when it is not available; `fix` is a command or a step, `None` if nothing helps. A
 * source that is used and has a `fix` without a `reason` would give closer figures by it.
 * `used`: figures come from it here (an available model stands back for a counter).
 * `present`: the hardware is here, as far as can be seen, whether it can be read or not.
 */
export interface SensorStatus {
  name: string;
  kind: ComponentKind;
  available: boolean;
  used: boolean;
  tier: Tier;
  covers: string;
  reason?: string;
  fix: string | null;
  present: boolean;
}

/**
 * `greenlab.doctor.examination/1`: what is measured, modelled and missing on this machine.
 *
 * `findings`: what is wrong beside the sensors (the ledger, a setting), each a sentence or
 * two that say what to do.
 */
export interface DoctorReport {
  sensors: readonly SensorStatus[];
  carbon: Intensity;
  environment: { readonly [key: string]: string };
  findings: readonly string[];
  schema: string;
}

/**
 * Sums over records that are counted in no other: a kernel's, or a ledger's.
 *
 * `by_kind`: in joules. `cells`: how many times a cell ran. `between_j`: what of `energy_j`
 * was used between cells, while the kernel waited; `None` where that time was not weighed or
 * its energy is not known.
 * `active_j`: what of it work added; the rest is idle power. `None` where it is not known.
 * `work`: what was counted, by unit.
 */
export interface Totals {
  energy_j: Figure;
  emissions_g: Figure;
  by_kind: { readonly [key: string]: Figure };
  cells: number;
  duration_s: number;
  between_j: Figure | null;
  active_j: Figure | null;
  work?: readonly UnitTotal[];
}

/**
 * The cell that runs now. `started_at` is UTC, ISO 8601.
 */
export interface Running {
  cell_id: string | null;
  execution_count: number | null;
  started_at: string;
}

/**
 * The advice with this `id` is being proven; at stage `done` its `Advised` came before.
 */
export interface Proving {
  id: string;
  progress: Progress;
  type: 'proving';
}

/**
 * Runs of one cell (or the spans of one name, or the times between cells), summed up.
 *
 * They came before the `records` of a `State`. `cell_id` to `status` are the latest run's.
 * `active_j`: joules that their code added above idle power, in all and by kind of device;
 * `active_of_code_j`: by the runs of the code `source_hash`.
 * `last_j`, `last_g`, `last_s`: joules, grams and seconds of the latest run.
 * What follows are joules that code added. `lost_j`: by runs that did not finish. `first_j`:
 * by the first finished run of the code `source_hash`; `later_j`: the mean of the `later_runs`
 * after it. `peak_j`: the most by one run, which ended at `peak_at` (UTC, ISO 8601).
 * `proof_j`: joules used between cells while proofs ran. `background`: the cells whose threads
 * ran meanwhile (0: not known which). `async_tail`: the GPU worked on after one of them.
 */
export interface EarlierRuns {
  kind: RecordKind;
  cell_id: string | null;
  execution_count: number | null;
  name: string | null;
  source_hash: string | null;
  status: Status;
  runs: number;
  totals: Totals;
  active_j: Figure;
  active_by_kind: { readonly [key: string]: Figure };
  active_of_code_j: number;
  last_j: Figure;
  last_g: Figure;
  last_s: number;
  lost_j: number | null;
  first_j: number | null;
  later_j: number | null;
  later_runs: number;
  peak_j: number | null;
  peak_at: string | null;
  proof_j: Figure | null;
  background: readonly number[];
  async_tail: boolean;
}

/**
 * Energy summed up over time, in few points: joules by kind of device.
 *
 * `times_s`: seconds since the epoch. Each list of `joules` has one value per time.
 */
export interface Curve {
  times_s: readonly number[];
  joules: { readonly [key: string]: readonly number[] };
}

/**
 * The grid whose figure records have from `since` on (UTC, ISO 8601).
 */
export interface GridSince {
  since: string;
  intensity: Intensity;
}

/**
 * Everything a page needs to draw itself. Replaces what it knew before.
 *
 * `records` are the latest ones, oldest first; `older` counts those before them, which
 * are in `totals` all the same; `earlier` and `curve` sum them up. `edited`: the cells whose
 * code changed, by their last edit. `warnings` are sentences for the user. `grids`: those that
 * records of this kernel have, oldest first. `cells_before`: how many cells ran before the
 * extension was loaded, unweighed. `loaded_by_page`: a page loaded it, not a cell.
 */
export interface State {
  kernel_id: string;
  notebook: string | null;
  version: string;
  enabled: boolean;
  live_power: boolean;
  running: Running | null;
  records: readonly CellRecord[];
  older: number;
  totals: Totals;
  sensors: readonly SensorStatus[];
  intensity: Intensity;
  advice: readonly Advice[];
  warnings: readonly string[];
  edited: readonly Edited[];
  proving: Proving | null;
  earlier: readonly EarlierRuns[];
  curve: Curve | null;
  grids: readonly GridSince[];
  cells_before: number;
  loaded_by_page: boolean;
  type: 'state';
}

/**
 * A `State` without records, sent now and then while a cell runs.
 *
 * It is for pages that hear the kernel but cannot ask it, as their `hello` waits for the cell;
 * those that have a `State` ignore it.
 */
export interface Brief {
  state: State;
  type: 'brief';
}

/**
 * A cell ended, or the record with the same id settled: replace it.
 *
 * `edited`: what the last edit of this cell changed, as far as it can be said by now.
 */
export interface Recorded {
  record: CellRecord;
  totals: Totals;
  edited: Edited | null;
  type: 'recorded';
}

/**
 * One kind of device's power now, in watts, in the scope of the cell.
 */
export interface PowerPart {
  kind: ComponentKind;
  power_w: Figure;
}

/**
 * Live power of the running cell, in its scope: mean since the last such message.
 *
 * `at`: seconds since the epoch. `energy_j`: the cell's energy so far. `kind` is `between`
 * while no cell runs: the mean power and the energy of the time since the last one. `totals`:
 * what the totals come to with this energy; an estimate until its record is there.
 */
export interface Power {
  at: number;
  power_w: Figure;
  energy_j: Figure;
  parts: readonly PowerPart[];
  kind: RecordKind;
  totals: Totals | null;
  type: 'power';
}

/**
 * All advice that stands now. Replaces what was sent before.
 */
export interface Advised {
  advice: readonly Advice[];
  type: 'advised';
}

/**
 * The extension was unloaded; the comm closes next.
 */
export interface Unloaded {
  type: 'unloaded';
}

/**
 * A page attached and asks for `State`.
 *
 * `zone`, `live_power` and `sample_lines` are its settings; an empty zone means that the
 * kernel decides. `notebook`: its path as the server has it.
 */
export interface Hello {
  zone: string;
  live_power: boolean;
  notebook: string | null;
  sample_lines: boolean;
  type: 'hello';
}

/**
 * The user changed settings; the kernel answers with `State`.
 */
export interface Configure {
  zone: string;
  live_power: boolean;
  sample_lines: boolean;
  type: 'configure';
}

/**
 * The notebook has another path now, as the server has it.
 */
export interface Renamed {
  notebook: string;
  type: 'renamed';
}

/**
 * The user applied or dismissed a piece of advice; the kernel answers with `Advised`.
 */
export interface SetAdviceStatus {
  id: string;
  status: AdviceStatus;
  type: 'set_advice_status';
}

/**
 * The user wants a piece of advice proven: `Proving` follows, then `Advised`.
 *
 * `metric`: an expression, more is better; `max_drop`: by how much it may fall.
 */
export interface Prove {
  id: string;
  metric: string | null;
  max_drop: number | null;
  type: 'prove';
}

/**
 * The user ends the proof of this advice: it is then inconclusive.
 */
export interface StopProof {
  id: string;
  type: 'stop_proof';
}

export type FromKernel = State | Brief | Recorded | Power | Advised | Proving | Unloaded;

export type FromPage = Hello | Configure | Renamed | SetAdviceStatus | Prove | StopProof;
