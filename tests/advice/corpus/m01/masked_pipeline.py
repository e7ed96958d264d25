# rule: M01
# state: smell
# note: a pipeline that is given the name
# needs: torch, transformers, tokenizers
# %% setup
import torch
import transformers

# Folders stand for the hub. Random weights of the shapes' proportions: 12 layers against 6.
SIZES = dict(vocab_size=100)
torch.manual_seed(0)
transformers.BertForMaskedLM(
    transformers.BertConfig(
        hidden_size=64, num_hidden_layers=12, num_attention_heads=4, intermediate_size=256, **SIZES
    )
).save_pretrained("bert-base-uncased")
transformers.DistilBertForMaskedLM(
    transformers.DistilBertConfig(dim=64, n_layers=6, n_heads=4, hidden_dim=256, **SIZES)
).save_pretrained("distilbert/distilbert-base-uncased")
ids = torch.randint(0, 100, (16, 32))

from tokenizers import Tokenizer, models, pre_tokenizers, processors

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{n}" for n in range(95))]
inner = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
inner.post_processor = processors.TemplateProcessing(
    single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
)
tokenizer = transformers.PreTrainedTokenizerFast(
    tokenizer_object=inner, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]",
    sep_token="[SEP]", mask_token="[MASK]",
)

for name in ("bert-base-uncased", "distilbert/distilbert-base-uncased"):
    tokenizer.save_pretrained(name)
texts = [f"w{n} w{n + 1} w{n + 2} [MASK] w7" for n in range(24)]
# %% cell
fill = transformers.pipeline("fill-mask", model="bert-base-uncased")
words = [answer[0]["token_str"] for answer in fill(texts, batch_size=8)]
