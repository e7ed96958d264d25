"""A proof: two versions measured against each other, here or on a thread, until it is clear.

    proof = Proof(Version.of(before), Version.of(after), namespace, Terms(budget_s=120))
    verdict = proof.run(print)          # waits; Ctrl-C stops it with a verdict

    proof.start(on_progress, on_done)   # returns at once; the state it starts from is frozen
    proof.stop()                        # from any thread: ends as inconclusive
    proof.wait()
"""
