"""A notebook's kernel that runs elsewhere, as a run: `door` is how it is reached, `serve` what the run does, `process` its
kernel, `back` the way of its `%dh` to the broker. Standard library only; nothing of it is imported before a kernel moves."""

RUN_VARIABLE = "DH_KERNEL_RUN"  # of such a kernel's environment: the key of the run that it is
