# rule: L02
# state: smell
# note: a function of the cell generates without a cache
# needs: torch, transformers
# %% setup
import torch
import transformers

torch.set_num_threads(1)
torch.manual_seed(0)
config = transformers.GPT2Config(
    vocab_size=64,
    n_embd=128,
    n_layer=4,
    n_head=4,
    n_positions=256,
    bos_token_id=0,
    eos_token_id=0,
)
model = transformers.GPT2LMHeadModel(config).eval()
model.generation_config.eos_token_id = None
ids = torch.randint(1, 60, (4, 32))


# %% cell
def write(llm, prompt):
    """One continuation."""
    return llm.generate(
        prompt,
        max_length=128,
        do_sample=False,
        use_cache=False,
    )


out = write(model, ids)
# %% metric
float(out.sum())
