# rule: T01
# state: fixed
# note: the trainer is told to compute in bfloat16
# needs: torch, transformers, accelerate, bfloat16
# %% setup
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

config = BertConfig(
    hidden_size=256, num_hidden_layers=2, num_attention_heads=4, intermediate_size=1024,
    vocab_size=200, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
model = BertForSequenceClassification(config)
tokens = torch.randint(0, 200, (64, 32))
rows = [{"input_ids": x, "labels": x[0] // 100} for x in tokens]
# %% cell
arguments = TrainingArguments(
    "out",
    per_device_train_batch_size=16,
    num_train_epochs=1,
    use_cpu=True,
    save_strategy="no",
    report_to=[],
    disable_tqdm=True,
    bf16=True,
)
trainer = Trainer(model, arguments, train_dataset=rows)
result = trainer.train()
