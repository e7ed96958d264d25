# rule: M01
# state: look-alike
# note: only the tokenizer of the large model
# needs: transformers, tokenizers
# %% setup
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

for name in ("bert-base-uncased", "distilbert/distilbert-base-uncased"):
    tokenizer.save_pretrained(name)
texts = [" ".join(f"w{(n * k) % 95}" for k in range(60)) for n in range(2_000)]
# %% cell
tokens = transformers.AutoTokenizer.from_pretrained("bert-base-uncased")
ids = tokens(texts)["input_ids"]
# %% change
tokens = transformers.AutoTokenizer.from_pretrained("distilbert/distilbert-base-uncased")
ids = tokens(texts)["input_ids"]
