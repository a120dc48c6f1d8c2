"""`python worker.pyz FOLDER`: a run folder's inputs, call, outputs and commit. No server, no catalogue, no token."""
