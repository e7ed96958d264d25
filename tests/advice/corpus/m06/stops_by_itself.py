# rule: M06
# state: look-alike
# note: the limit is high, but the model ends after one word
# needs: torch, transformers, tokenizers
# %% setup
import torch
import transformers
from tokenizers import Tokenizer, models, pre_tokenizers

torch.set_num_threads(1)
torch.manual_seed(0)
words = ["[PAD]", "[UNK]", *(f"w{n}" for n in range(62))]
inner = Tokenizer(models.WordLevel({w: n for n, w in enumerate(words)}, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", model_max_length=512
)
config = transformers.GPT2Config(
    vocab_size=64,
    n_embd=48,
    n_layer=2,
    n_head=2,
    n_positions=512,
    bos_token_id=0,
    eos_token_id=0,
)
model = transformers.GPT2LMHeadModel(config).eval()
model.generation_config.eos_token_id = None
model.generation_config.suppress_tokens = [0, 1]
pipe = transformers.pipeline("text-generation", model=model, tokenizer=tokenizer, device="cpu")
prompts = [f"w{a} w{b} is" for a in range(4) for b in range(5, 8)]
model.generation_config.eos_token_id = list(range(64))
# %% cell
answers = []
for prompt in prompts * 16:
    ids = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=64, do_sample=False)
    text = tokenizer.decode(out[0, ids["input_ids"].shape[1] :])
    answers.append(text.split()[0])
# %% change
answers = []
for prompt in prompts * 16:
    ids = tokenizer(prompt, return_tensors="pt")
    out = model.generate(**ids, max_new_tokens=16, do_sample=False)
    text = tokenizer.decode(out[0, ids["input_ids"].shape[1] :])
    answers.append(text.split()[0])
