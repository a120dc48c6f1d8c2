"""The way of DigitalHub's tutorials for scikit-learn: generate data, look at it, train, find the model."""

import json

import digitalhub as dh

project = dh.get_or_create_project("demo-ml")

data_gen_fn = project.new_function(
    name="data-prep", kind="python", python_version="PYTHON3_10", code_src="data-prep.py", handler="generate"
)
gen_data_run = data_gen_fn.run(action="job", wait=True)
dataset = gen_data_run.output("flowers")
head = dataset.as_df().head()

train_fn = project.new_function(
    name="train-classifier",
    kind="python",
    python_version="PYTHON3_10",
    code_src="train-model.py",
    handler="train",
    requirements=["scikit-learn", "numpy"],
)
train_run = train_fn.run(action="job", inputs={"flowers": dataset.key}, wait=True)
model = train_run.output("model")
print(
    json.dumps(
        {
            "states": [gen_data_run.status.state, train_run.status.state, train_run.status.message],
            "columns": list(head.columns),
            "outputs": sorted(train_run.outputs()),
            "model": [model.name, model.kind, model.spec.framework, sorted(model.metrics)],
            "same": project.get_model("flowers-svc").id == model.id,
            "accurate": model.metrics["accuracy"] > 0.9,
        }
    )
)
