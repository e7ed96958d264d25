# rule: L01
# state: look-alike
# note: long texts: each fills the processor by itself
# needs: torch, transformers, tokenizers
# %% setup
import random

import torch
import transformers

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

torch.manual_seed(0)
config = transformers.BertConfig(
    hidden_size=128, num_hidden_layers=2, num_attention_heads=2, intermediate_size=512,
    vocab_size=len(WORDS),
)
model = transformers.BertForSequenceClassification(config).eval()
pipe = transformers.pipeline("text-classification", model=model, tokenizer=tokenizer, device="cpu")
random.seed(0)
texts = [" ".join(random.choices(WORDS[5:], k=300)) for _ in range(24)]
# %% cell
answers = []
for text in texts:
    answers.append(pipe(text)[0]["label"])
# %% change
answers = [answer["label"] for answer in pipe(texts, batch_size=8)]
