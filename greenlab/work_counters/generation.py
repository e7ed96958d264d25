"""Tokens of `generate` in transformers, and the joules of reading and of writing one.

A stopping criterion and a logits processor of ours, which change nothing, are handed to
`generate`: they see each token as it is chosen. The first token ends the phase in which the
prompt is read (prefill); those that follow are decoded one by one.
"""

from __future__ import annotations

from typing import Any, Final
from weakref import ref

from greenlab.record import Figure
from greenlab.record.figure_sum import FigureSum
from greenlab.record.unit_counts import energy_per, singular
from greenlab.session import note_trouble
from greenlab.units_of_work import add, say_once
from greenlab.work_counters.phase_energies import Phases

TOKEN: Final = "token"  # noqa: S105
PREFILL: Final = "prefill token"
DECODE: Final = "decode token"
_UNKNOWN_BEAMS: Final = (
    "greenlab cannot count the tokens of this beam search, as it does not know how many beams "
    "there are: hand the arguments to the counter, as in "
    "model.generate(**counter(**inputs, num_beams=4))."
)


def generation_counter(model: Any) -> GenerationCounter:
    """Counts what a model of transformers generates.

    Call it for the arguments of `generate`:

        counter = generation_counter(model)
        out = model.generate(**counter(**inputs, max_new_tokens=64))
        counter.energy_per("decode token").value     # joules
        counter.energy_per("prefill token").value

    Counted are `token` (generated: up to the end of each sequence, without padding), `prefill
    token` (of the prompt, without padding) and `decode token` (generated after the first one of
    each sequence). The energy of the latter two is that of their phase. With beam search a
    `token` is one step of one prompt, however many beams it has.

    Give it all arguments, so that it knows the beams, the end token and the prompt. A pipeline
    takes them too: `pipe(texts, **counter(max_new_tokens=64))`.
    """
    return GenerationCounter(model)


class GenerationCounter:
    """See `generation_counter`. `counts`: by unit, over all calls."""

    def __init__(self, model: Any) -> None:
        try:
            self._model = ref(model)
        except TypeError:
            what = type(model).__name__
            raise TypeError(
                f"generation_counter takes the model whose generate() is called, not {what}"
            ) from None
        self.counts: dict[str, float] = {}
        self._energy: dict[str, FigureSum] = {}

    def __call__(self, **arguments: Any) -> dict[str, Any]:
        """The arguments, with hooks of ours among them; a generation begins."""
        try:
            watch = _Watch(self, self._model(), arguments)
        except Exception as error:  # noqa: BLE001  never into the user's generation
            note_trouble(error)
            return arguments
        processors = [*(arguments.get("logits_processor") or ()), _Processor(watch)]
        criteria = [*(arguments.get("stopping_criteria") or ()), _Criterion(watch)]
        return {**arguments, "logits_processor": processors, "stopping_criteria": criteria}

    def energy_per(self, unit: str) -> Figure:
        """Joules per `prefill token`, `decode token`, or `token` (of both phases)."""
        name = singular(unit)
        parts = [self._energy[one] for one in (PREFILL, DECODE) if one in self._energy]
        energy = FigureSum("no cell or greenlab.measure() block was open")
        for part in parts if name == TOKEN else parts and [self._energy.get(name, energy)]:
            energy.merge(part)
        return energy_per(energy.figure, self.counts.get(name, 0.0), name)

    def count(self, unit: str, number: float, energy_j: Figure | None = None) -> None:
        """So many of a unit, with what they took."""
        self.counts[unit] = self.counts.get(unit, 0.0) + number
        if energy_j is not None:
            known = self._energy.setdefault(unit, FigureSum(f"no {unit} was counted"))
            known.add(energy_j)
        add(unit, number, energy_j)


class _Watch:
    """The generations of one call: a pipeline makes several, one after the other."""

    def __init__(
        self, counter: GenerationCounter, model: Any, arguments: dict[str, Any]
    ) -> None:
        known = getattr(model, "generation_config", None)
        config = arguments.get("generation_config") or known
        self._encoder = getattr(getattr(model, "config", None), "is_encoder_decoder", False)

        def of(name: str) -> Any:
            found = arguments.get(name)
            return found if found is not None else getattr(config, name, None)

        self._counter = counter
        self._ends = _ids(of("eos_token_id"))
        self._padding = _ids(of("pad_token_id")) or self._ends
        self._beams = int(of("num_beams") or 1)
        self._most = of("max_new_tokens")
        self._prompt = _prompt_tokens(arguments.get("attention_mask"))
        self._phases = Phases()
        self._length = self._first_length = 0
        self._looked: int | None = None
        self._begun = self._over = True
        self._alive: list[bool] = []
        self._unsure: list[int] = []
        self._other_ends = bool(arguments.get("stopping_criteria") or of("stop_strings"))
        self._rows = 0
        self._waiting = 0

    def scores(self, input_ids: Any) -> None:
        """Scores of the next token are there. What `generate` passes each time grew by what was
        chosen last; another length is another generation.
        """
        rows, length = input_ids.shape
        if self._looked is None:
            self._looked = length
            if self._over or length != self._length or rows != self._rows:
                self._begin(input_ids, rows, length)

    def chosen(self, input_ids: Any) -> None:
        """Tokens were chosen: one for each sequence, or several by assisted decoding."""
        self._looked = None
        rows, length = input_ids.shape
        first = self._length == self._first_length
        if rows != self._rows:  # all continuations of all beams
            number = self._searched(length - self._length)
        else:
            number = sum(map(self._new, input_ids[:, self._length :].T.tolist()))
        self._length = length
        self._over = not any(self._alive) or length - self._first_length == self._most
        if not number:
            return
        self._counter.count(TOKEN, number)
        if first:
            self._end_of_prefill()
            return
        self._waiting += number
        if self._over or self._phases.due:
            self._counter.count(DECODE, self._waiting, self._phases.energy_j())
            self._waiting = 0

    def _begin(self, input_ids: Any, rows: int, length: int) -> None:
        if self._prompt is None or self._rows:
            hidden = self._encoder or length == 0  # what is read is not what `generate` passes
            self._prompt = None if hidden else self._tokens_of(input_ids)
        # Its begin was not seen where the window was opened after the arguments were made.
        self._begun = self._phases.open
        if not self._begun:
            self._phases = Phases()
        self._rows, self._length, self._first_length = rows, length, length
        self._alive, self._unsure = [True] * rows, [0] * rows
        self._over, self._waiting = False, 0

    def _end_of_prefill(self) -> None:
        energy_j = self._phases.energy_j()
        if self._begun and self._prompt is not None and energy_j is not None:
            self._counter.count(PREFILL, self._prompt, energy_j)

    def _new(self, column: list[int]) -> int:
        """How many tokens of their own the sequences got: a finished one gets padding.

        A model may write the padding token itself. So it counts where only the end token ends a
        sequence, and else once something else follows it.
        """
        number = 0
        for row, token in enumerate(column):
            if not self._alive[row]:
                continue
            self._unsure[row] += 1
            if self._other_ends and token in self._padding and token not in self._ends:
                continue
            number += self._unsure[row]
            self._unsure[row] = 0
            self._alive[row] = token not in self._ends
        return number

    def _searched(self, steps: int) -> int:
        """By beam search: steps of all prompts, as long as one of them goes on."""
        if self._beams < 2 or self._rows % self._beams:
            say_once(_UNKNOWN_BEAMS)
            return 0
        return steps * (self._rows // self._beams)

    def _tokens_of(self, prompt: Any) -> float:
        """Tokens of prompts: padding comes before them."""
        padding = next(iter(self._padding), None)
        own = prompt.numel() if padding is None else _without_leading(prompt, padding)
        return own / self._beams


class _Processor:
    """Leaves scores as they are."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        try:
            self._watch.scores(input_ids)
        except Exception as error:  # noqa: BLE001
            note_trouble(error)
        return scores


class _Criterion:
    """Stops nothing."""

    def __init__(self, watch: _Watch) -> None:
        self._watch = watch

    def __call__(self, input_ids: Any, _scores: Any, **_: Any) -> bool:
        try:
            self._watch.chosen(input_ids)
        except Exception as error:  # noqa: BLE001
            note_trouble(error)
        return False


def _ids(value: Any) -> frozenset[int]:
    """Token ids of a configuration: one, several, or a tensor of them."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if value is None:
        return frozenset()
    return frozenset(value) if isinstance(value, list | tuple | set) else frozenset([value])


def _prompt_tokens(mask: Any) -> float | None:
    return None if mask is None or not hasattr(mask, "sum") else float(mask.sum())


def _without_leading(prompt: Any, padding: int) -> int:
    return int((prompt != padding).int().cummax(1).values.sum())
