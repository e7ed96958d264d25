# rule: T09
# state: smell
# note: switched on in an earlier cell, trained here in a function
# also: T01
# needs: torch, transformers
# %% setup
import torch
from transformers import GPT2Config, GPT2LMHeadModel

config = GPT2Config(
    n_embd=96, n_layer=3, n_head=4, vocab_size=200, n_positions=64, bos_token_id=0,
    eos_token_id=0, resid_pdrop=0.0, embd_pdrop=0.0, attn_pdrop=0.0,
)
gpt = GPT2LMHeadModel(config)
gpt.activation_checkpointing_enable()
text = torch.randint(0, 200, (64, 48))
# %% cell
def epoch(net, data, lr=1e-3):
    net.train()
    optimizer = torch.optim.SGD(net.parameters(), lr=lr)
    for ids in data.split(8):
        net.zero_grad()
        loss = net(ids, labels=ids).loss
        loss.backward()
        optimizer.step()
    return loss.item()


last = epoch(gpt, text)
# %% metric
-last
