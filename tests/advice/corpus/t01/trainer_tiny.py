# rule: T01
# state: fix-hurts
# note: a trainer with a model so small that the casts cost more than they save
# needs: torch, transformers, accelerate, bfloat16
# %% setup
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

config = BertConfig(
    hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
    vocab_size=200, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
model = BertForSequenceClassification(config)
tokens = torch.randint(0, 200, (320, 32))
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
)
trainer = Trainer(model, arguments, train_dataset=rows)
result = trainer.train()
# %% change
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
# %% metric
-round(result.training_loss, 1)
