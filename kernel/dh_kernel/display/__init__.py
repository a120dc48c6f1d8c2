"""How things look: each as text, as HTML, and as `application/vnd.dh.<type>.v1+json` with ids only. Pure functions."""
