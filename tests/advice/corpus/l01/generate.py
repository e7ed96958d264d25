# rule: L01
# state: smell
# note: texts written one after the other; the change is by hand
# needs: torch, transformers
# %% setup
import torch
import transformers

torch.manual_seed(0)
config = transformers.GPT2Config(
    n_embd=64, n_layer=2, n_head=2, vocab_size=100, n_positions=64, bos_token_id=0,
    eos_token_id=99, pad_token_id=0,
)
model = transformers.GPT2LMHeadModel(config).eval()
prompts = [torch.randint(1, 99, (1, 8)) for _ in range(16)]
# %% cell
written = []
for prompt in prompts:
    out = model.generate(prompt, max_new_tokens=8, min_new_tokens=8, do_sample=False)
    written.append(out[0])
# %% change
written = list(
    model.generate(torch.cat(prompts), max_new_tokens=8, min_new_tokens=8, do_sample=False)
)
