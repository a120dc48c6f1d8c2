from digitalhub_runtime_python import handler


@handler(outputs=["prices", "count"])
def prepare(project, source, factor):
    """A table made of another, and a number."""
    frame = source.as_df()
    print("rows", len(frame), "of", project.name)
    frame["price"] = frame["price"] * factor
    return frame, len(frame)


def train(project, run, prices, rate=0.5):
    """Logs by hand, as tutorials do."""
    import pickle
    from pathlib import Path

    frame = prices.as_df()
    for step in range(3):
        run.log_metric("loss", 1 / (step + 1))
    Path("model").mkdir()
    Path("model/model.pkl").write_bytes(pickle.dumps({"mean": float(frame["price"].mean())}))
    model = project.log_model(name="pricing", kind="sklearn", source="./model/", framework="pickle", algorithm="mean")
    model.log_metrics({"error": 0.25, "rate": rate})
    Path("report.txt").write_text("fine")
    project.log_artifact(name="report", kind="artifact", source="report.txt")
    project.log_table(name="sample", data=frame.head(1))
    run.log_metrics({"accuracy": 0.9})


def fail(x):
    raise ValueError(f"no {x} here")
