"""Every run and every published model in MLflow, written by a process of its own: importing MLflow costs seconds."""
