"""`%dh` and `%%dh`: the grammar, the verbs, help and completion."""
