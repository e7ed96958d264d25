# rule: T09
# state: smell
# note: a trainer told to checkpoint by its arguments
# also: T01
# needs: torch, transformers, accelerate
# %% setup
import torch
from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

config = BertConfig(
    hidden_size=96, num_hidden_layers=3, num_attention_heads=4, intermediate_size=192,
    vocab_size=200, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
model = BertForSequenceClassification(config)
tokens = torch.randint(0, 200, (160, 40))
rows = [{"input_ids": x, "labels": x[0] // 100} for x in tokens]
# %% cell
arguments = TrainingArguments(
    "out",
    per_device_train_batch_size=8,
    num_train_epochs=1,
    activation_checkpointing=True,
    use_cpu=True,
    save_strategy="no",
    report_to=[],
    disable_tqdm=True,
)
trainer = Trainer(model, arguments, train_dataset=rows)
result = trainer.train()
# %% metric
-result.training_loss
